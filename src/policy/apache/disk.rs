//! The file that the path of a URL leads to, as far as it can be seen here.

use super::matcher::parts;
use super::run::Run;
use crate::config::paths;
use crate::policy::files::Found;
use std::path::PathBuf;

impl Run<'_, '_> {
    /// Looks at what `hop.filename` names; `root` is the part of it that the configuration says.
    pub(super) fn find_file(&mut self, root: Option<&[u8]>) {
        let base = self.policy.site.data.server_root.clone();
        let name = self.hop.filename.strip_suffix(b"/").unwrap_or(&self.hop.filename);
        if !paths::is_tidy(name) {
            let ends_in_slash = self.hop.filename.ends_with(b"/");
            let name = paths::tidy(&paths::from_bytes(&self.hop.filename));
            let mut tidy = name.as_os_str().as_encoded_bytes().to_vec();
            if ends_in_slash && !tidy.ends_with(b"/") {
                tidy.push(b'/');
            }
            self.hop.filename = tidy;
        }
        let root = root.filter(|_| self.files.can_be_read()).map(|root| self.absolute(root));
        let root = root.map(|root| paths::tidy(&paths::from_bytes(&root)));
        let known = root.and_then(|root| {
            let bytes = root.as_os_str().as_encoded_bytes().to_vec();
            if !self.hop.filename.starts_with(&bytes) {
                return None;
            }
            if let Some(folder) = self.files.folder(&bytes, base.as_deref()) {
                return Some((folder, bytes.len()));
            }
            // it may be a file: an alias leads to those, too
            let slash = memchr::memrchr(b'/', &bytes)?;
            let folder = self.files.folder(&bytes[..slash], base.as_deref())?;
            let is_file = self.files.below(&folder, &bytes[slash..]) == Found::File;
            is_file.then_some((folder, slash))
        });
        if let Some((_, length)) = &known {
            self.seen = Some(self.hop.filename[..*length].to_vec());
        }
        self.find_below(known.as_ref());
    }

    /// `ap_directory_walk` as far as it looks at the disk. `known`: a folder that is here, and how much of the file's name
    /// it stands for.
    pub(super) fn find_below(&mut self, known: Option<&(PathBuf, usize)>) {
        let name = std::mem::take(&mut self.hop.filename);
        let mut path = Vec::with_capacity(name.len() + 1);
        path.push(b'/');
        let is_folder_name = name.ends_with(b"/");
        let mut all = parts(&name).peekable();
        while let Some(part) = all.next() {
            let folder_ends = path.len();
            path.extend_from_slice(part);
            let last = all.peek().is_none();
            let found = match known {
                Some((folder, length)) if path.len() > *length => {
                    self.files.below(folder, &path[*length..])
                }
                // the root that is here, and the folders above it
                Some(_) => Found::Directory,
                None => Found::Unknown,
            };
            if found == Found::Directory || found == Found::Unknown && (!last || is_folder_name) {
                path.push(b'/');
                continue;
            }
            // the rest of the path goes to the file, or nothing is there
            let mut rest: Vec<u8> = all.flat_map(|part| [b"/", part].concat()).collect();
            if is_folder_name {
                rest.push(b'/');
            }
            self.hop.path_info = rest;
            self.hop.filename.clone_from(&path);
            path.truncate(folder_ends);
            self.hop.folder = path;
            self.hop.found = Some(found);
            return;
        }
        drop(all);
        self.hop.filename = name;
        self.hop.folder = path;
        let found = if known.is_some() { Found::Directory } else { Found::Unknown };
        self.hop.found = Some(found);
    }

    /// What stands at a path of the server's file system.
    pub(super) fn stands_at(&self, name: &[u8]) -> Found {
        use crate::config::Presence;
        use crate::source::FileKind;
        if let Some(root) = &self.policy.root {
            return self.files.below(root, name);
        }
        match self.files.locate(name, None) {
            (_, Presence::Here(meta)) => match meta.kind {
                FileKind::File => Found::File,
                FileKind::Directory => Found::Directory,
                FileKind::Other => Found::Other,
            },
            (_, Presence::Missing) => Found::Nothing,
            _ if self.is_below_root(name) => Found::Nothing,
            _ => Found::Unknown,
        }
    }

    /// Whether the path lies below the DocumentRoot, which can be looked into.
    fn is_below_root(&self, name: &[u8]) -> bool {
        self.seen.as_ref().is_some_and(|root| {
            name.strip_prefix(&**root).is_some_and(|rest| rest.starts_with(b"/") || rest.is_empty())
        })
    }
}
