//! A file system whose answers are remembered: a run that asks for the same paths again and again costs the disk once.

use super::files::{Entry, FileSystem, Meta, ReadError};
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Paths that are remembered, at most: others are looked up every time.
const MOST: usize = 1 << 16;

/// What was found, by the letters of the path: a slash at the end of a file's name makes it that of nothing, and as paths
/// the two are equal.
type Known<T> = Mutex<HashMap<OsString, Result<T, ReadError>>>;

/// What stands at each path, asked once. What files and directories hold is not kept.
pub struct Remembered<'f> {
    below: &'f dyn FileSystem,
    found: Known<Meta>,
    canonical: Known<PathBuf>,
}

impl<'f> Remembered<'f> {
    /// Remembers what `below` says.
    #[must_use]
    pub fn new(below: &'f dyn FileSystem) -> Self {
        Self { below, found: Mutex::default(), canonical: Mutex::default() }
    }
}

fn once<T: Clone>(
    known: &Known<T>,
    path: &Path,
    find: impl FnOnce() -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    let known = || known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known().get(path.as_os_str()) {
        return found.clone();
    }
    let found = find();
    let mut all = known();
    if all.len() < MOST {
        all.insert(path.as_os_str().to_owned(), found.clone());
    }
    found
}

impl FileSystem for Remembered<'_> {
    fn meta(&self, path: &Path) -> Result<Meta, ReadError> {
        once(&self.found, path, || self.below.meta(path))
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        self.below.read(path)
    }

    fn list(&self, path: &Path) -> Result<Vec<Entry>, ReadError> {
        self.below.list(path)
    }

    fn canonical(&self, path: &Path) -> Result<PathBuf, ReadError> {
        once(&self.canonical, path, || self.below.canonical(path))
    }

    fn link(&self, path: &Path) -> Option<PathBuf> {
        self.below.link(path)
    }
}
