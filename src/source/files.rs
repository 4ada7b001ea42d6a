//! Where files come from: the disk, memory, or an editor's unsaved text over one of them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Read};
use std::ops::Bound;
use std::path::{Path, PathBuf};

/// The largest file that is read, in bytes. Spans are `u32`, and a configuration of this size is a mistake of its own.
pub const SIZE_LIMIT: u64 = 256 * 1024 * 1024;

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A device, socket or FIFO: never opened, reading it might not end.
    Other,
}

/// What is known of a path without opening it. Symbolic links are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meta {
    /// What it is.
    pub kind: FileKind,
    /// Its length in bytes.
    pub len: u64,
    /// Permission bits, owner and group where the file system has them.
    pub owner: Option<Owner>,
}

/// Unix ownership of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The permission bits, such as `0o640`.
    pub mode: u32,
    /// The owning user's number.
    pub uid: u32,
    /// The owning group's number.
    pub gid: u32,
}

/// A name in a directory, with what stands there as far as the directory itself tells.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The name.
    pub name: OsString,
    /// What it is.
    pub kind: EntryKind,
}

/// What a directory says of an entry; a link's target is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link to anything or nothing.
    Link,
    /// A device, socket or FIFO.
    Other,
}

/// Why a file could not be read. The words are fit for a report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Nothing is there, or a link leads nowhere.
    #[error("no such file or directory")]
    NotFound,
    /// The permissions of the file or of a directory above it forbid it.
    #[error("permission denied")]
    PermissionDenied,
    /// A directory stands where a file was expected.
    #[error("is a directory")]
    IsDirectory,
    /// A device, socket or FIFO.
    #[error("is not a regular file")]
    NotRegular,
    /// Over [`SIZE_LIMIT`].
    #[error("is larger than 256 MiB")]
    TooLarge,
    /// Anything else that the operating system said.
    #[error("{0}")]
    Other(String),
}

impl From<io::Error> for ReadError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::NotFound,
            io::ErrorKind::PermissionDenied => Self::PermissionDenied,
            io::ErrorKind::IsADirectory => Self::IsDirectory,
            // links that lead in a circle have no kind of their own on every platform
            _ => Self::Other(error.to_string()),
        }
    }
}

/// The way to the files; the only I/O there is below `cli`.
pub trait FileSystem: Sync {
    /// What stands at `path`, links followed.
    fn meta(&self, path: &Path) -> Result<Meta, ReadError>;
    /// The bytes of the regular file at `path`.
    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError>;
    /// What is in a directory, sorted by the names' bytes; `.` and `..` are not among them.
    fn list(&self, path: &Path) -> Result<Vec<Entry>, ReadError>;
    /// `path` without links and dots, the identity of a file.
    fn canonical(&self, path: &Path) -> Result<PathBuf, ReadError>;
    /// Where the symbolic link at `path` leads, as it is written in it; `None` for what is no link.
    fn link(&self, path: &Path) -> Option<PathBuf>;
}

/// The real file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl FileSystem for Disk {
    fn meta(&self, path: &Path) -> Result<Meta, ReadError> {
        let data = std::fs::metadata(path)?;
        Ok(Meta { kind: kind(data.file_type()), len: data.len(), owner: owner(&data) })
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        // looked at before it is opened: opening a FIFO waits for its writer
        let meta = self.meta(path)?;
        match meta.kind {
            FileKind::Directory => return Err(ReadError::IsDirectory),
            FileKind::Other => return Err(ReadError::NotRegular),
            FileKind::File if meta.len > SIZE_LIMIT => return Err(ReadError::TooLarge),
            FileKind::File => {}
        }
        let mut bytes = Vec::with_capacity(meta.len as usize + 1);
        // files in /proc claim no length, and a file may grow while it is read
        std::fs::File::open(path)?.take(SIZE_LIMIT + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > SIZE_LIMIT {
            return Err(ReadError::TooLarge);
        }
        Ok(bytes)
    }

    fn list(&self, path: &Path) -> Result<Vec<Entry>, ReadError> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            let kind = match entry.file_type()? {
                link if link.is_symlink() => EntryKind::Link,
                other => match kind(other) {
                    FileKind::File => EntryKind::File,
                    FileKind::Directory => EntryKind::Directory,
                    FileKind::Other => EntryKind::Other,
                },
            };
            entries.push(Entry { name: entry.file_name(), kind });
        }
        entries.sort();
        Ok(entries)
    }

    fn canonical(&self, path: &Path) -> Result<PathBuf, ReadError> {
        Ok(std::fs::canonicalize(path)?)
    }

    fn link(&self, path: &Path) -> Option<PathBuf> {
        std::fs::read_link(path).ok()
    }
}

fn kind(file_type: std::fs::FileType) -> FileKind {
    if file_type.is_file() {
        FileKind::File
    } else if file_type.is_dir() {
        FileKind::Directory
    } else {
        FileKind::Other
    }
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps)] // the same signature as on systems that know no owners
fn owner(data: &std::fs::Metadata) -> Option<Owner> {
    use std::os::unix::fs::MetadataExt;
    Some(Owner { mode: data.mode() & 0o7777, uid: data.uid(), gid: data.gid() })
}

#[cfg(not(unix))]
fn owner(_: &std::fs::Metadata) -> Option<Owner> {
    None
}

/// Files held in memory: tests, and text that came through a pipe.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Memory {
    /// Puts a file there, replacing one of that path.
    pub fn insert(&mut self, path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) {
        self.files.insert(Self::clean(&path.into()).to_owned(), bytes.into());
    }

    /// `./a` and `a` are one file, `.` is the top.
    fn clean(path: &Path) -> &Path {
        path.strip_prefix(".").unwrap_or(path)
    }

    fn is_directory(&self, path: &Path) -> bool {
        path.as_os_str().is_empty() || self.below(path).next().is_some()
    }

    /// The files below a folder. Paths are ordered by their parts, so these follow one another.
    fn below<'m>(&'m self, path: &'m Path) -> impl Iterator<Item = &'m PathBuf> {
        let range = (Bound::Excluded(path), Bound::Unbounded);
        let files = self.files.range::<Path, _>(range).map(|(file, _)| file);
        files.take_while(move |file| file.starts_with(path))
    }
}

impl FileSystem for Memory {
    fn meta(&self, path: &Path) -> Result<Meta, ReadError> {
        let path = Self::clean(path);
        if let Some(bytes) = self.files.get(path) {
            Ok(Meta { kind: FileKind::File, len: bytes.len() as u64, owner: None })
        } else if self.is_directory(path) {
            Ok(Meta { kind: FileKind::Directory, len: 0, owner: None })
        } else {
            Err(ReadError::NotFound)
        }
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        let path = Self::clean(path);
        match self.files.get(path) {
            Some(bytes) => Ok(bytes.clone()),
            None if self.is_directory(path) => Err(ReadError::IsDirectory),
            None => Err(ReadError::NotFound),
        }
    }

    fn list(&self, path: &Path) -> Result<Vec<Entry>, ReadError> {
        let path = Self::clean(path);
        if !self.is_directory(path) {
            return Err(ReadError::NotFound);
        }
        let mut entries: Vec<Entry> = self
            .below(path)
            .filter_map(|file| {
                let mut parts = file.strip_prefix(path).ok()?.components();
                let name = parts.next()?.as_os_str().to_owned();
                let kind =
                    if parts.next().is_some() { EntryKind::Directory } else { EntryKind::File };
                Some(Entry { name, kind })
            })
            .collect();
        entries.sort();
        entries.dedup();
        Ok(entries)
    }

    fn canonical(&self, path: &Path) -> Result<PathBuf, ReadError> {
        self.meta(path).map(|_| Self::clean(path).to_owned())
    }

    fn link(&self, _: &Path) -> Option<PathBuf> {
        None
    }
}

impl<F: FileSystem + ?Sized> FileSystem for &F {
    fn meta(&self, path: &Path) -> Result<Meta, ReadError> {
        (**self).meta(path)
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        (**self).read(path)
    }

    fn list(&self, path: &Path) -> Result<Vec<Entry>, ReadError> {
        (**self).list(path)
    }

    fn canonical(&self, path: &Path) -> Result<PathBuf, ReadError> {
        (**self).canonical(path)
    }

    fn link(&self, path: &Path) -> Option<PathBuf> {
        (**self).link(path)
    }
}

/// Texts that hide the files of the same paths below: an editor's unsaved buffers, standard input.
#[derive(Debug)]
pub struct Overlay<F> {
    below: F,
    above: Memory,
}

impl<F: FileSystem> Overlay<F> {
    /// Lays `above` over `below`.
    #[must_use]
    pub fn new(below: F, above: Memory) -> Self {
        Self { below, above }
    }
}

impl<F: FileSystem> FileSystem for Overlay<F> {
    fn meta(&self, path: &Path) -> Result<Meta, ReadError> {
        match self.above.meta(path) {
            Ok(meta) if meta.kind == FileKind::File => {
                // who may read it is still decided by the file on the disk
                let owner = self.below.meta(path).ok().and_then(|below| below.owner);
                Ok(Meta { owner, ..meta })
            }
            above => self.below.meta(path).or(above),
        }
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        self.above.read(path).or_else(|_| self.below.read(path))
    }

    fn list(&self, path: &Path) -> Result<Vec<Entry>, ReadError> {
        match (self.below.list(path), self.above.list(path)) {
            (Ok(mut entries), Ok(more)) => {
                entries.extend(more);
                entries.sort();
                entries.dedup_by(|later, earlier| later.name == earlier.name);
                Ok(entries)
            }
            (below, above) => below.or(above),
        }
    }

    fn canonical(&self, path: &Path) -> Result<PathBuf, ReadError> {
        self.below.canonical(path).or_else(|_| self.above.canonical(path))
    }

    fn link(&self, path: &Path) -> Option<PathBuf> {
        self.below.link(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(entries: Result<Vec<Entry>, ReadError>) -> Vec<String> {
        entries
            .into_iter()
            .flatten()
            .map(|entry| entry.name.to_string_lossy().into_owned())
            .collect()
    }

    fn memory(files: &[(&str, &str)]) -> Memory {
        let mut memory = Memory::default();
        for (path, text) in files {
            memory.insert(*path, *text);
        }
        memory
    }

    #[test]
    fn memory_lists_folders_by_bytes() {
        let fs = memory(&[("a/z.conf", ""), ("a/b/c", ""), ("a/B", "")]);
        assert_eq!(names(fs.list(Path::new("a"))), ["B", "b", "z.conf"]);
        assert_eq!(fs.list(Path::new("x")), Err(ReadError::NotFound));
        assert_eq!(fs.read(Path::new("a/b")), Err(ReadError::IsDirectory));
    }

    #[test]
    fn an_overlay_hides_what_is_below() {
        let fs = Overlay::new(
            memory(&[("a", "old"), ("b", "kept")]),
            memory(&[("a", "new"), ("c", "more")]),
        );
        assert_eq!(fs.read(Path::new("a")), Ok(b"new".to_vec()));
        assert_eq!(fs.read(Path::new("b")), Ok(b"kept".to_vec()));
        assert_eq!(names(fs.list(Path::new(""))), ["a", "b", "c"]);
    }

    #[test]
    fn devices_are_never_opened() {
        assert_eq!(Disk.read(Path::new("/dev/zero")), Err(ReadError::NotRegular));
        assert_eq!(Disk.read(Path::new("/")), Err(ReadError::IsDirectory));
        assert_eq!(Disk.read(Path::new("/no/such/file")), Err(ReadError::NotFound));
    }
}
