//! Sections by what they are about, so that a request looks only at those that may apply.

use super::matcher::{Matcher, parts};
use super::policy::{Kind, Policy, SectionId};
use std::collections::HashMap;

/// The sections of one kind and server, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct ByPath {
    /// Those with a path that is written out, by that path.
    literal: HashMap<Vec<u8>, Vec<SectionId>>,
    /// All others.
    others: Vec<SectionId>,
}

impl ByPath {
    /// Those that are written for one of `paths`, and those of which that is not plain; in the order of the file.
    pub(super) fn about<'k>(&self, paths: impl Iterator<Item = &'k [u8]>) -> Vec<SectionId> {
        let mut found = self.others.clone();
        for path in paths {
            found.extend(self.literal.get(path).into_iter().flatten());
        }
        found.sort_unstable();
        found
    }
}

/// The folder sections and the locations of a server.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// `<Directory>` with a path, by the folder with a slash at both ends.
    pub(super) folders: ByPath,
    /// `<DirectoryMatch>`, in order.
    pub(super) patterns: Vec<SectionId>,
    /// `<Location>`, by its path.
    pub(super) paths: ByPath,
}

impl Policy<'_> {
    /// Makes the index of every server, once all sections are known.
    pub(super) fn make_indices(&mut self) {
        self.indices = self
            .servers
            .iter()
            .map(|server| {
                let mut index = Index::default();
                for &id in &server.directories {
                    let section = self.get(id);
                    match (&section.matcher, section.kind) {
                        (_, kind) if kind != Kind::Directory => index.patterns.push(id),
                        (Matcher::Literal(path), _) => {
                            index.folders.literal.entry(folder(path)).or_default().push(id);
                        }
                        _ => index.folders.others.push(id),
                    }
                }
                for &id in &server.locations {
                    match &self.get(id).matcher {
                        Matcher::Literal(path) => {
                            index.paths.literal.entry(path.clone()).or_default().push(id);
                        }
                        _ => index.paths.others.push(id),
                    }
                }
                index
            })
            .collect();
    }
}

/// A folder as it is looked up.
pub(super) fn folder(path: &[u8]) -> Vec<u8> {
    let mut folder = b"/".to_vec();
    for part in parts(path) {
        folder.extend_from_slice(part);
        folder.push(b'/');
    }
    folder
}

/// Every path of a `<Location>` that holds `uri`: it ends where a part of the URI ends, with its slash or without.
pub(super) fn above(uri: &[u8]) -> impl Iterator<Item = &[u8]> {
    let slashes = memchr::memchr_iter(b'/', uri).flat_map(|at| [at, at + 1]);
    let mut last = usize::MAX;
    slashes.chain([uri.len()]).filter_map(move |end| {
        let is_new = std::mem::replace(&mut last, end) != end;
        is_new.then(|| &uri[..end])
    })
}
