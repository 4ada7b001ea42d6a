//! The folders that `root` serves files from: does a file that nobody should download lie in one?

use super::SiteData;
use crate::config::loader::Loader;
use crate::config::paths;
use crate::grammar::nginx::id;
use crate::syntax::{Language, NodeId, WordFlags};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A `root` above a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Below {
    /// The file that the `root` is written in, an index into [`SiteData::files`].
    pub in_file: u32,
    /// The `root`.
    pub node: NodeId,
    /// Whether its value is relative. Then it starts at nginx's prefix, which is taken for the folder of the main
    /// configuration: the two are one where nginx was not told otherwise and keeps its files together.
    pub relative: bool,
    /// The URI that leads to the file.
    pub uri: String,
}

/// The folders of all `root` directives whose value has neither a variable nor a template in it, without links.
pub(super) struct Roots {
    by_folder: HashMap<PathBuf, Vec<Below>>,
}

impl Roots {
    pub(super) fn new(loader: &Loader<'_>, site: &SiteData) -> Self {
        let mut known = HashMap::new();
        let mut by_folder: HashMap<PathBuf, Vec<Below>> = HashMap::new();
        for &(in_file, node) in site.index.get(id!("root").0) {
            let file = site.files[in_file as usize].file;
            let text = loader.project.sources.get(file).text();
            let Some(tree) = &loader.project.trees[file.index()] else { continue };
            let Some(word) = tree.args(node).first() else { continue };
            let value = word.decode(Language::Nginx, text);
            if word.flags.has(WordFlags::TEMPLATED) || value.contains(&b'$') {
                continue;
            }
            let folder = paths::from_bytes(&value);
            let relative = !folder.is_absolute();
            let canonical = known.entry(folder).or_insert_with_key(|folder| {
                let base = if relative { site.conf_prefix.as_deref()? } else { Path::new("") };
                loader.fs.canonical(&loader.locate(folder, base).0).ok()
            });
            if let Some(canonical) = canonical {
                let root = Below { in_file, node, relative, uri: String::new() };
                by_folder.entry(canonical.clone()).or_default().push(root);
            }
        }
        Self { by_folder }
    }

    /// The roots that the file at `path` lies below, the nearest first.
    pub(super) fn above(&self, loader: &Loader<'_>, path: &Path) -> Vec<Below> {
        let Ok(path) = loader.fs.canonical(path) else { return Vec::new() };
        let mut found = Vec::new();
        for folder in path.ancestors().skip(1) {
            let Some(roots) = self.by_folder.get(folder) else { continue };
            let rest = path.strip_prefix(folder).unwrap_or(&path);
            let uri = format!("/{}", paths::shown(rest));
            found.extend(roots.iter().map(|root| Below { uri: uri.clone(), ..root.clone() }));
        }
        found
    }
}
