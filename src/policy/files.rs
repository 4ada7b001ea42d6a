//! The files that an answer depends on: documents below a root, password files whose names have variables.

use crate::config::paths::{self, Paths};
use crate::config::{Presence, Project};
use crate::source::{EntryKind, FileId, FileKind, FileSystem, ReadError};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The way to the server's files. Without one, nothing is known of any file.
#[derive(Clone, Copy)]
pub struct Files<'f> {
    fs: Option<&'f dyn FileSystem>,
    project: &'f Project,
    /// Where those of one server are kept here.
    paths: &'f Paths,
}

/// What stands at a path, as the server sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// A file.
    File,
    /// A directory.
    Directory,
    /// Nothing, for certain.
    Nothing,
    /// Something that is neither a file nor a directory.
    Other,
    /// Not known here.
    Unknown,
}

impl<'f> Files<'f> {
    /// The files that `project` was read from.
    #[must_use]
    pub fn new(fs: &'f dyn FileSystem, project: &'f Project) -> Self {
        Self { fs: Some(fs), project, paths: &project.paths }
    }

    /// No way to any file: a rule does no I/O.
    #[must_use]
    pub fn none(project: &'f Project) -> Self {
        Self { fs: None, project, paths: &project.paths }
    }

    /// The same files as the server with this main configuration sees them: each may have a root of its own.
    #[must_use]
    pub(crate) fn of_main(self, main: FileId) -> Self {
        Self { paths: self.project.paths_of(main), ..self }
    }

    /// Whether there is a way to any file.
    #[must_use]
    pub fn can_be_read(&self) -> bool {
        self.fs.is_some()
    }

    /// The local folder that the server knows as `root`, where it can be looked into; relative ones start at `base`.
    #[must_use]
    pub fn folder(&self, root: &[u8], base: Option<&Path>) -> Option<PathBuf> {
        let named = paths::from_bytes(root);
        if named.is_relative() && base.is_none() {
            return None;
        }
        match self.paths.locate(self.fs?, &named, base.unwrap_or(Path::new(""))) {
            (path, Presence::Here(meta)) if meta.kind == FileKind::Directory => Some(path),
            _ => None,
        }
    }

    /// What stands at `rest` below `folder`. What is not there is missing for certain: the folder can be looked into.
    #[must_use]
    pub fn below(&self, folder: &Path, rest: &[u8]) -> Found {
        let Some(fs) = self.fs else { return Found::Unknown };
        let rest = rest.iter().position(|&byte| byte != b'/').map_or(&b""[..], |at| &rest[at..]);
        if rest.contains(&0) {
            return Found::Nothing;
        }
        let path = paths::join(folder, &paths::from_bytes(rest));
        match fs.meta(&path) {
            Ok(meta) => match meta.kind {
                // a file's name with a slash behind it names nothing
                FileKind::File if rest.ends_with(b"/") => Found::Nothing,
                FileKind::File => Found::File,
                FileKind::Directory => Found::Directory,
                FileKind::Other => Found::Other,
            },
            Err(ReadError::NotFound) => Found::Nothing,
            Err(_) => Found::Unknown,
        }
    }

    /// What stands in the local folder `folder`, sorted by name.
    #[must_use]
    pub fn entries(&self, folder: &Path) -> Vec<(OsString, EntryKind)> {
        let entries = self.fs.and_then(|fs| fs.list(folder).ok()).unwrap_or_default();
        let mut entries: Vec<_> = entries.into_iter().map(|it| (it.name, it.kind)).collect();
        entries.sort_unstable();
        entries
    }

    /// The file that the server knows as `name`, and what is known of it; relative names start at `base`.
    #[must_use]
    pub fn locate(&self, name: &[u8], base: Option<&Path>) -> (PathBuf, Presence) {
        let named = paths::from_bytes(name);
        match (self.fs, base) {
            (Some(fs), Some(base)) => self.paths.locate(fs, &named, base),
            (Some(fs), None) if named.is_absolute() => self.paths.locate(fs, &named, Path::new("")),
            _ => (named, Presence::Elsewhere),
        }
    }

    /// The bytes of the file at the local path `path`.
    #[must_use]
    pub fn read(&self, path: &Path) -> Option<Vec<u8>> {
        self.fs?.read(path).ok()
    }
}
