//! What stands below the document roots: a path that leads to a file or a folder is answered otherwise than one that leads to
//! nothing, and no directive names it.

use crate::config::paths::up;
use crate::policy::either::Policy;
use crate::policy::files::Files;
use crate::source::EntryKind;
use std::path::{Path, PathBuf};

/// Names below one document root, at most.
const MOST: usize = 40;

/// Folders in folders, at most.
const DEEPEST: usize = 3;

/// The names below `root`, as a directive has it: with slashes between them, and one behind those of folders.
pub(super) fn names(policy: &Policy<'_>, files: Files<'_>, root: &[u8]) -> Vec<Vec<u8>> {
    let files = files.of_main(policy.main());
    let bases = bases(policy);
    let mut bases = bases.iter().map(|base| Some(base.as_path())).chain([None]);
    let Some(folder) = bases.find_map(|base| files.folder(root, base)) else {
        return Vec::new();
    };
    let mut names = Vec::new();
    let mut level = vec![(folder, Vec::new())];
    for _ in 0..DEEPEST {
        let mut deeper = Vec::new();
        for (folder, above) in level {
            for (name, kind) in files.entries(&folder) {
                let bytes = name.as_encoded_bytes();
                if names.len() >= MOST || bytes.starts_with(b".") || !bytes.is_ascii() {
                    continue;
                }
                let mut path = [&above[..], bytes].concat();
                if kind == EntryKind::Directory {
                    path.push(b'/');
                    deeper.push((folder.join(&name), path.clone()));
                }
                names.push(path);
            }
        }
        level = deeper;
    }
    names
}

/// Where relative names start.
fn bases(policy: &Policy<'_>) -> Vec<PathBuf> {
    match policy {
        Policy::Nginx(policy) => {
            let prefix = policy.site.data.conf_prefix.as_deref().map(Path::to_path_buf);
            prefix.into_iter().flat_map(|prefix| [prefix.clone(), up(&prefix)]).collect()
        }
        Policy::Apache(policy) => policy.site.data.server_root.iter().cloned().collect(),
    }
}
