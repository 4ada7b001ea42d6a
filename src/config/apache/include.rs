//! From the argument of an Include to the files that it names, as `ap_process_resource_config_ex` finds them.

use super::Outcome;
use crate::config::glob;
use crate::config::loader::Loader;
use crate::config::paths;
use crate::config::paths::Presence;
use crate::source::{EntryKind, FileKind, ReadError};
use std::path::{Component, Path, PathBuf};

/// `AP_MAX_INCLUDE_DIR_DEPTH`: folders inside a folder that is included whole.
const DEEPEST_FOLDER: usize = 128;

/// More files than one Include can mean.
const MOST_FILES: usize = 1 << 16;

/// The files that an Include of `named` reads, in httpd's order, and what else there is to say. `base`: the local
/// ServerRoot, where that is known.
pub(super) fn expand(
    loader: &Loader<'_>,
    named: &Path,
    base: Option<&Path>,
) -> (Vec<PathBuf>, Outcome) {
    if base.is_none() && !named.is_absolute() {
        return (Vec::new(), Outcome::Elsewhere);
    }
    let base = base.unwrap_or(Path::new(""));
    // the part before the first wildcard says whether the folder is here at all
    let mut parts = named.components().peekable();
    let mut literal = PathBuf::new();
    while let Some(part) =
        parts.next_if(|part| !glob::is_pattern(part.as_os_str().as_encoded_bytes()))
    {
        literal.push(part);
    }
    let pattern: Vec<Component<'_>> = parts.collect();
    let (path, presence) = loader.locate(&literal, base);
    match presence {
        Presence::Here(meta) if pattern.is_empty() => {
            let mut files = Vec::new();
            let outcome = if meta.kind == FileKind::Directory {
                folder(loader, path, &mut files)
            } else {
                files.push(path);
                Outcome::Read
            };
            (files, outcome)
        }
        Presence::Here(meta) if meta.kind == FileKind::Directory => {
            matching(loader, path, &pattern)
        }
        Presence::Missing if pattern.is_empty() => (Vec::new(), Outcome::Missing(path)),
        Presence::Here(_) | Presence::Missing => (Vec::new(), Outcome::NoFolder(path)),
        Presence::Elsewhere => (Vec::new(), Outcome::Elsewhere),
        Presence::Unreadable(error) => (Vec::new(), Outcome::Unreadable(path, error)),
    }
}

/// Every file in a folder and in those below it, each level sorted by bytes.
fn folder(loader: &Loader<'_>, path: PathBuf, files: &mut Vec<PathBuf>) -> Outcome {
    let mut outcome = Outcome::Read;
    let mut waiting = vec![(path, 0)];
    while let Some((path, depth)) = waiting.pop() {
        let is_folder = loader.fs.meta(&path).is_ok_and(|meta| meta.kind == FileKind::Directory);
        if !is_folder {
            files.push(path);
            if files.len() >= MOST_FILES {
                return Outcome::TooMany;
            }
            continue;
        }
        if depth >= DEEPEST_FOLDER {
            return Outcome::TooMany;
        }
        match loader.fs.list(&path) {
            Ok(entries) => {
                let inside =
                    entries.into_iter().rev().map(|entry| (path.join(entry.name), depth + 1));
                waiting.extend(inside);
            }
            Err(error) => outcome = Outcome::Unreadable(path, error),
        }
    }
    outcome
}

/// The files below `folder` that match a pattern, component by component.
fn matching(
    loader: &Loader<'_>,
    path: PathBuf,
    pattern: &[Component<'_>],
) -> (Vec<PathBuf>, Outcome) {
    let mut files = Vec::new();
    let mut outcome = Outcome::Read;
    let mut waiting = vec![(path, 0)];
    while let Some((path, level)) = waiting.pop() {
        let Some(part) = pattern.get(level) else {
            let told = match loader.fs.meta(&path) {
                Ok(meta) if meta.kind == FileKind::Directory => folder(loader, path, &mut files),
                Ok(_) => {
                    files.push(path);
                    Outcome::Read
                }
                Err(ReadError::NotFound) if loader.leads_elsewhere(&path) => Outcome::Elsewhere,
                Err(ReadError::NotFound) if loader.fs.link(&path).is_some() => {
                    Outcome::Dangling(path)
                }
                Err(ReadError::NotFound) => Outcome::Missing(path),
                Err(error) => Outcome::Unreadable(path, error),
            };
            if told != Outcome::Read {
                outcome = told;
            }
            if files.len() >= MOST_FILES {
                return (files, Outcome::TooMany);
            }
            continue;
        };
        let text = part.as_os_str().as_encoded_bytes();
        if !glob::is_pattern(text) {
            waiting.push((path.join(part), level + 1));
            continue;
        }
        let last = level + 1 == pattern.len();
        let entries = match loader.fs.list(&path) {
            Ok(entries) => entries,
            Err(error) => {
                outcome = Outcome::Unreadable(path, error);
                continue;
            }
        };
        let hits = entries
            .into_iter()
            .filter(|entry| glob::matches(text, entry.name.as_encoded_bytes()))
            .filter(|entry| last || matches!(entry.kind, EntryKind::Directory | EntryKind::Link));
        let before = waiting.len();
        waiting.extend(hits.map(|entry| (path.join(entry.name), level + 1)));
        if waiting.len() == before {
            outcome = Outcome::NothingMatched(path);
        }
        waiting[before..].reverse();
    }
    (files, outcome)
}

/// The files in the folder in which an Include found nothing.
pub(super) fn beside(loader: &Loader<'_>, outcome: &Outcome) -> Vec<PathBuf> {
    const MOST: usize = 64;
    let folder = match outcome {
        Outcome::NothingMatched(folder) => folder.clone(),
        Outcome::Missing(file) => paths::folder(file),
        _ => return Vec::new(),
    };
    let entries = loader.fs.list(&folder).unwrap_or_default();
    entries
        .into_iter()
        .filter(|entry| matches!(entry.kind, EntryKind::File | EntryKind::Link))
        .map(|entry| folder.join(entry.name))
        .take(MOST)
        .collect()
}
