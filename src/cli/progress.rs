//! A sign of life on a terminal while a search through document roots takes its time.

use crate::source::{Entry, FileSystem, Meta, ReadError};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

/// Nothing is said before this: most runs are over by then.
const PATIENCE: Duration = Duration::from_millis(700);

/// How often the figure is renewed.
const PACE: Duration = Duration::from_millis(200);

/// Counts the folders that are looked into.
struct Counting<'f> {
    fs: &'f dyn FileSystem,
    folders: AtomicUsize,
}

impl FileSystem for Counting<'_> {
    fn meta(&self, path: &Path) -> Result<Meta, ReadError> {
        self.fs.meta(path)
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        self.fs.read(path)
    }

    fn list(&self, path: &Path) -> Result<Vec<Entry>, ReadError> {
        self.folders.fetch_add(1, Ordering::Relaxed);
        self.fs.list(path)
    }

    fn canonical(&self, path: &Path) -> Result<PathBuf, ReadError> {
        self.fs.canonical(path)
    }

    fn link(&self, path: &Path) -> Option<PathBuf> {
        self.fs.link(path)
    }
}

/// Does `work`, and tells how far it is where standard error is a terminal.
pub(super) fn during<T>(fs: &dyn FileSystem, work: impl FnOnce(&dyn FileSystem) -> T) -> T {
    if !io::stderr().is_terminal() {
        return work(fs);
    }
    tell(fs, work, &mut io::stderr(), PATIENCE)
}

fn tell<T>(
    fs: &dyn FileSystem,
    work: impl FnOnce(&dyn FileSystem) -> T,
    out: &mut (dyn Write + Send),
    patience: Duration,
) -> T {
    let counting = Counting { fs, folders: AtomicUsize::new(0) };
    let (done, end) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let end = end;
            let mut wait = patience;
            let mut told = false;
            // the channel closes when the work is done, or has failed
            while end.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                let folders = counting.folders.load(Ordering::Relaxed);
                // a terminal that is gone needs no progress
                let _ = write!(out, "\rlooked into {folders} folders").and_then(|()| out.flush());
                told = true;
                wait = PACE;
            }
            if told {
                let _ = write!(out, "\r\x1b[K").and_then(|()| out.flush());
            }
        });
        let result = work(&counting);
        drop(done);
        result
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Memory;

    #[test]
    fn only_what_takes_long_is_told_and_leaves_nothing_behind() {
        let fs = Memory::default();
        let mut out = Vec::new();
        tell(&fs, |_| (), &mut out, Duration::from_secs(60));
        assert_eq!(out, b"");
        let slow = |fs: &dyn FileSystem| {
            let listed = fs.list(Path::new("gone"));
            std::thread::sleep(Duration::from_millis(50));
            listed
        };
        assert!(tell(&fs, slow, &mut out, Duration::from_millis(5)).is_err());
        assert_eq!(String::from_utf8_lossy(&out), "\rlooked into 1 folders\r\x1b[K");
    }
}
