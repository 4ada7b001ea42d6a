//! Symbolic links in a tree that is kept elsewhere than it is used: an unpacked image, a checkout. A link to
//! `/etc/nginx/sites-available/shop` leads to a file of that tree, not to one of this machine.

use super::files::{Entry, FileSystem, Meta, ReadError};
use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// More links in one path than any system follows (`MAXSYMLINKS`).
const MOST_LINKS: usize = 40;

/// How many folders above a dangling link its target is looked for in.
const MOST_LEVELS: usize = 16;

/// A file system in which absolute links lead below the folders that stand for the target machine's. Where none is
/// said to, a link that leads nowhere leads to the file of that name in the folders above it.
pub struct Links<'f> {
    below: &'f dyn FileSystem,
    /// Pairs of (the folder as links name it, where it is kept here); the longest match wins.
    folders: Vec<(PathBuf, PathBuf)>,
    /// Where their links are followed.
    trees: Vec<Tree>,
    /// Folders without the links on the way to them.
    resolved: Mutex<HashMap<PathBuf, PathBuf>>,
}

/// A folder whose links lead to folders that are kept here.
struct Tree {
    /// The folder without links.
    top: PathBuf,
    /// Where its links find `/`, where that is another place than everywhere else.
    root: Option<PathBuf>,
}

impl<'f> Links<'f> {
    /// Follows absolute links to `folders`, pairs of a folder as links name it and where it is kept.
    #[must_use]
    pub fn new(below: &'f dyn FileSystem, folders: &[(PathBuf, PathBuf)]) -> Self {
        let mut folders = folders.to_vec();
        folders.sort_by_key(|(named, _)| std::cmp::Reverse(named.components().count()));
        let tree = |kept: &PathBuf| Some(Tree { top: below.canonical(kept).ok()?, root: None });
        let trees = folders.iter().filter_map(|(_, kept)| tree(kept)).collect();
        Self { below, folders, trees, resolved: Mutex::default() }
    }

    /// Follows absolute links in each of `roots` to that folder itself: several trees side by side.
    #[must_use]
    pub fn with_trees(mut self, roots: &[PathBuf]) -> Self {
        let below = self.below;
        let tree = |root: &PathBuf| {
            Some(Tree { top: below.canonical(root).ok()?, root: Some(root.clone()) })
        };
        self.trees.extend(roots.iter().filter_map(tree));
        self
    }

    /// `path` without the links that lead astray, for the file system below.
    fn resolve(&self, path: &Path) -> PathBuf {
        if self.folders.is_empty() && self.trees.is_empty() {
            return self.resolve_dangling(path).unwrap_or_else(|| path.to_owned());
        }
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return path.to_owned();
        };
        let known = |folder: &Path| {
            self.resolved.lock().unwrap_or_else(PoisonError::into_inner).get(folder).cloned()
        };
        let resolved = known(folder).unwrap_or_else(|| {
            let resolved = self.follow(folder).unwrap_or_else(|| folder.to_owned());
            let mut all = self.resolved.lock().unwrap_or_else(PoisonError::into_inner);
            all.insert(folder.to_owned(), resolved.clone());
            resolved
        });
        let path = resolved.join(name);
        match self.below.link(&path) {
            Some(_) => self.follow(&path).unwrap_or(path),
            None => path,
        }
    }

    /// Follows every link on the way to `path` in the trees; `None` when there is no end of them.
    fn follow(&self, path: &Path) -> Option<PathBuf> {
        let mut links = 0;
        let mut ahead = parts(path);
        let mut at = PathBuf::new();
        while let Some(part) = ahead.pop() {
            if part == ".." && matches!(at.components().next_back(), Some(Component::Normal(_))) {
                at.pop();
                continue;
            }
            at.push(&part);
            let Some(target) = self.below.link(&at) else { continue };
            let Some(tree) = self.tree_of(&at) else { continue };
            links += 1;
            if links > MOST_LINKS {
                return None;
            }
            at.pop();
            match self.kept(&target, tree) {
                Some(kept) => {
                    at = PathBuf::new();
                    ahead.extend(parts(&kept));
                }
                None => ahead.extend(parts(&target)),
            }
        }
        Some(at)
    }

    /// The innermost tree that the link at `path` is one of.
    fn tree_of(&self, path: &Path) -> Option<&Tree> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = self.below.canonical(folder.unwrap_or(Path::new("."))).ok()?;
        let around = self.trees.iter().filter(|tree| folder.starts_with(&tree.top));
        around.max_by_key(|tree| tree.top.components().count())
    }

    /// Where the absolute path `target`, named by a link in `tree`, is kept.
    fn kept(&self, target: &Path, tree: &Tree) -> Option<PathBuf> {
        let top = Path::new("/");
        let below = |named: &Path, kept: &Path| {
            let rest = target.strip_prefix(named).ok()?;
            Some(if rest.as_os_str().is_empty() { kept.to_owned() } else { kept.join(rest) })
        };
        let mut common =
            self.folders.iter().filter(|(named, _)| tree.root.is_none() || named != top);
        common
            .find_map(|(named, kept)| below(named, kept))
            .or_else(|| below(top, tree.root.as_deref()?))
    }

    /// The file that a link means which leads nowhere: its target, or the end of it, in a folder above the link.
    fn resolve_dangling(&self, path: &Path) -> Option<PathBuf> {
        let target = self.below.link(path).filter(|target| target.is_absolute())?;
        if self.below.meta(path) != Err(ReadError::NotFound) {
            return None;
        }
        let names: Vec<Component<'_>> = target.components().skip(1).collect();
        // a name alone says too little
        (0..names.len().saturating_sub(1)).find_map(|start| {
            let end: PathBuf = names[start..].iter().collect();
            path.ancestors()
                .skip(1)
                .take(MOST_LEVELS)
                .map(|folder| folder.join(&end))
                .find(|found| self.below.meta(found).is_ok())
        })
    }
}

/// The parts of a path, the last one first.
fn parts(path: &Path) -> Vec<OsString> {
    path.components().rev().map(|part| part.as_os_str().to_owned()).collect()
}

impl FileSystem for Links<'_> {
    fn meta(&self, path: &Path) -> Result<Meta, ReadError> {
        self.below.meta(&self.resolve(path))
    }

    fn read(&self, path: &Path) -> Result<Vec<u8>, ReadError> {
        self.below.read(&self.resolve(path))
    }

    fn list(&self, path: &Path) -> Result<Vec<Entry>, ReadError> {
        self.below.list(&self.resolve(path))
    }

    fn canonical(&self, path: &Path) -> Result<PathBuf, ReadError> {
        self.below.canonical(&self.resolve(path))
    }

    fn link(&self, path: &Path) -> Option<PathBuf> {
        self.below.link(path)
    }
}
