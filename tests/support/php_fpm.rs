//! PHP-FPM beside a server: it is started where a tree has a `php-fpm.conf`.

use rustix::process::{Pid, Signal, kill_process};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running PHP-FPM; it is stopped when dropped.
#[derive(Debug)]
pub(crate) struct PhpFpm(Child);

impl PhpFpm {
    /// Starts it where the tree in `folder` asks for it. `life`: how long it runs at most, in seconds.
    pub(crate) fn of_tree(folder: &Path, life: &str) -> Result<Option<Self>, String> {
        let conf = folder.join("php-fpm.conf");
        if !conf.is_file() {
            return Ok(None);
        }
        let pid = folder.join("php-fpm.pid");
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", life]).arg(program()?);
        command.args(["--nodaemonize", "--no-php-ini", "--pid"]).arg(&pid);
        command.arg("--fpm-config").arg(&conf).arg("--prefix").arg(folder);
        command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(Stdio::null());
        let mut running = Self(command.spawn().map_err(|error| error.to_string())?);
        let asked = Instant::now();
        // it listens before it writes its pid
        while !pid.metadata().is_ok_and(|pid| pid.len() > 0) {
            let ended = running.0.try_wait().map_err(|error| error.to_string())?.is_some();
            if ended || asked.elapsed() > PATIENCE {
                drop(running);
                let log = std::fs::read_to_string(folder.join("php-fpm.log")).unwrap_or_default();
                return Err(format!("PHP-FPM does not start: {log}"));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Ok(Some(running))
    }
}

/// Debian's, which has its version in its name.
fn program() -> Result<PathBuf, String> {
    let entries = std::fs::read_dir("/usr/sbin").into_iter().flatten().flatten();
    let is_it = |path: &PathBuf| {
        path.file_name().and_then(OsStr::to_str).is_some_and(|name| name.starts_with("php-fpm"))
    };
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_it).collect();
    found.sort();
    found.pop().ok_or_else(|| "no /usr/sbin/php-fpm* is here".to_owned())
}

impl Drop for PhpFpm {
    fn drop(&mut self) {
        if let (Ok(None), Some(pid)) = (self.0.try_wait(), Pid::from_raw(self.0.id().cast_signed()))
        {
            // `timeout` hands it on
            let _ = kill_process(pid, Signal::TERM);
        }
        let _ = self.0.wait();
    }
}
