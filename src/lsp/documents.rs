//! The documents that are open in the editor, and the file system in which their texts hide the files on the disk.

use super::position::Encoding;
use super::uri;
use crate::source::{Entry, EntryKind, FileKind, FileSystem, LineIndex, Meta, ReadError};
use gen_lsp_types::{TextDocumentContentChangeEvent, TextDocumentItem};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A document.
#[derive(Debug)]
pub(super) struct Document {
    /// As the editor names it.
    pub(super) uri: String,
    /// As the editor counts its states.
    pub(super) version: i32,
    /// What stands in it now.
    pub(super) text: Arc<Vec<u8>>,
}

/// The open documents, by the path of the file without links.
#[derive(Debug, Default)]
pub(super) struct Documents {
    open: BTreeMap<PathBuf, Document>,
    paths: HashMap<String, PathBuf>,
}

impl Documents {
    /// Opens a document; the path that it lies at.
    pub(super) fn open(
        &mut self,
        disk: &dyn FileSystem,
        item: TextDocumentItem,
    ) -> Option<PathBuf> {
        let uri = item.uri.0;
        let path = plain(disk, &uri::to_path(&uri)?);
        let text = Arc::new(item.text.into_bytes());
        self.paths.insert(uri.clone(), path.clone());
        self.open.insert(path.clone(), Document { uri, version: item.version, text });
        Some(path)
    }

    /// Changes a document.
    pub(super) fn change(
        &mut self,
        uri: &str,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) -> Option<PathBuf> {
        let path = self.paths.get(uri)?.clone();
        let document = self.open.get_mut(&path)?;
        document.version = version;
        for change in changes {
            match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => {
                    document.text = Arc::new(whole.text.into_bytes());
                }
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                    let text = Arc::make_mut(&mut document.text);
                    let index = LineIndex::new(text);
                    let offset = |position| encoding.offset(index.of(text), position) as usize;
                    let (start, end) = (offset(part.range.start), offset(part.range.end));
                    text.splice(start..end.max(start), part.text.into_bytes());
                }
            }
        }
        Some(path)
    }

    /// Closes a document; what is on the disk counts again.
    pub(super) fn close(&mut self, uri: &str) -> Option<PathBuf> {
        let path = self.paths.remove(uri)?;
        self.open.remove(&path);
        Some(path)
    }

    /// The document at a path.
    pub(super) fn get(&self, path: &Path) -> Option<&Document> {
        self.open.get(path)
    }

    /// The path of a document.
    pub(super) fn path(&self, uri: &str) -> Option<&Path> {
        self.paths.get(uri).map(PathBuf::as_path)
    }

    /// The paths of all documents.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.open.keys().map(PathBuf::as_path)
    }
}

/// A path without the links on the way to it; of a file that is not there yet, that of its folder.
pub(super) fn plain(disk: &dyn FileSystem, path: &Path) -> PathBuf {
    if let Ok(plain) = disk.canonical(path) {
        return plain;
    }
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => {
            disk.canonical(folder).unwrap_or_else(|_| folder.to_owned()).join(name)
        }
        _ => path.to_owned(),
    }
}

type Known<T> = Mutex<HashMap<PathBuf, Result<T, ReadError>>>;

/// The disk as it was when it was last asked: one run after the other, while somebody types, costs it nothing.
pub(super) struct Kept<F> {
    disk: F,
    metas: Known<Meta>,
    texts: Known<Arc<Vec<u8>>>,
    lists: Known<Vec<Entry>>,
    plain: Known<PathBuf>,
    links: Mutex<HashMap<PathBuf, Option<PathBuf>>>,
}

/// Files that are kept, at most, in bytes each.
const LONGEST: usize = 8 << 20;

impl<F: FileSystem> Kept<F> {
    pub(super) fn new(disk: F) -> Self {
        Self {
            disk,
            metas: Mutex::default(),
            texts: Mutex::default(),
            lists: Mutex::default(),
            plain: Mutex::default(),
            links: Mutex::default(),
        }
    }

    /// Forgets what the disk said.
    pub(super) fn forget(&mut self) {
        fn clear<T: Default>(known: &mut Mutex<T>) {
            *known.get_mut().unwrap_or_else(PoisonError::into_inner) = T::default();
        }
        clear(&mut self.metas);
        clear(&mut self.texts);
        clear(&mut self.lists);
        clear(&mut self.plain);
        clear(&mut self.links);
    }
}

fn once<T: Clone>(known: &Mutex<HashMap<PathBuf, T>>, path: &Path, find: impl FnOnce() -> T) -> T {
    let known = || known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known().get(path) {
        return found.clone();
    }
    let found = find();
    known().insert(path.to_owned(), found.clone());
    found
}

impl<F: FileSystem> FileSystem for Kept<F> {
    fn meta(&self, path: &Path) -> Result<Meta, ReadError> {
        once(&self.metas, path, || self.disk.meta(path))
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        let is_long = self.meta(path).is_ok_and(|meta| meta.len > LONGEST as u64);
        if is_long {
            return self.disk.read(path);
        }
        let text = once(&self.texts, path, || self.disk.read(path).map(Arc::new))?;
        Ok(text.as_ref().clone())
    }

    fn list(&self, path: &Path) -> Result<Vec<Entry>, ReadError> {
        once(&self.lists, path, || self.disk.list(path))
    }

    fn canonical(&self, path: &Path) -> Result<PathBuf, ReadError> {
        once(&self.plain, path, || self.disk.canonical(path))
    }

    fn link(&self, path: &Path) -> Option<PathBuf> {
        once(&self.links, path, || self.disk.link(path))
    }
}

/// The disk with the open documents over it, by whichever path they are named.
pub(super) struct Edited<'d> {
    pub(super) disk: &'d dyn FileSystem,
    pub(super) documents: &'d Documents,
}

impl Edited<'_> {
    fn document(&self, path: &Path) -> Option<&Document> {
        if self.documents.open.is_empty() {
            return None;
        }
        self.documents.get(&plain(self.disk, path))
    }
}

impl FileSystem for Edited<'_> {
    fn meta(&self, path: &Path) -> Result<Meta, ReadError> {
        match self.document(path) {
            Some(document) => {
                let owner = self.disk.meta(path).ok().and_then(|meta| meta.owner);
                Ok(Meta { kind: FileKind::File, len: document.text.len() as u64, owner })
            }
            None => self.disk.meta(path),
        }
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        match self.document(path) {
            Some(document) => Ok(document.text.as_ref().clone()),
            None => self.disk.read(path),
        }
    }

    fn list(&self, path: &Path) -> Result<Vec<Entry>, ReadError> {
        let mut entries = self.disk.list(path)?;
        let folder = plain(self.disk, path);
        let here = self.documents.paths().filter(|file| file.parent() == Some(&folder));
        // what is not saved yet is there, too
        for name in here.filter_map(Path::file_name) {
            if !entries.iter().any(|entry| entry.name == name) {
                entries.push(Entry { name: name.to_owned(), kind: EntryKind::File });
            }
        }
        entries.sort();
        Ok(entries)
    }

    fn canonical(&self, path: &Path) -> Result<PathBuf, ReadError> {
        self.disk.canonical(path).or_else(|error| {
            let plain = plain(self.disk, path);
            self.documents.get(&plain).map(|_| plain).ok_or(error)
        })
    }

    fn link(&self, path: &Path) -> Option<PathBuf> {
        self.disk.link(path)
    }
}
