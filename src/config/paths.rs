//! Where the server's paths are kept here: `--root`, `[paths]`, and layouts that speak for themselves.

use crate::source::FileSystem;
use std::path::{Component, Path, PathBuf};

/// How the server's absolute paths lead to files that can be read here.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    /// Pairs of (the server's folder, where it is kept here); the longest match wins.
    folders: Vec<(PathBuf, PathBuf)>,
    /// Everything else lies below this folder.
    root: Option<PathBuf>,
}

/// Where a path of the server's leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// The path to read.
    pub path: PathBuf,
    /// Whether the user said that the server's files are kept there, so that what is absent is missing for certain.
    pub mapped: bool,
}

impl Paths {
    /// The mapping that the user gave.
    #[must_use]
    pub fn new(root: Option<PathBuf>, folders: &[(PathBuf, PathBuf)]) -> Self {
        Self { folders: folders.to_vec(), root }
    }

    /// Adds a folder that nobody named but that the layout makes plain. What the user said goes first.
    pub fn infer(&mut self, server: &Path, here: &Path) {
        if self.root.is_none() && !self.folders.iter().any(|(folder, _)| server.starts_with(folder))
        {
            self.folders.push((server.to_owned(), here.to_owned()));
        }
    }

    /// Where to look for the absolute path `server`.
    #[must_use]
    pub fn local(&self, server: &Path) -> Local {
        let folder = self
            .folders
            .iter()
            .filter_map(|(folder, here)| {
                Some((folder.components().count(), here, server.strip_prefix(folder).ok()?))
            })
            .max_by_key(|&(length, _, _)| length);
        if let Some((_, here, rest)) = folder {
            let path = if rest.as_os_str().is_empty() { here.clone() } else { here.join(rest) };
            return Local { path, mapped: true };
        }
        match &self.root {
            Some(root) => {
                Local { path: root.join(server.strip_prefix("/").unwrap_or(server)), mapped: true }
            }
            None => Local { path: server.to_owned(), mapped: false },
        }
    }
}

/// `path` with `.` removed and `..` resolved as text, the way a person shortens a path.
#[must_use]
pub fn tidy(path: &Path) -> PathBuf {
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(parts.last(), Some(Component::Normal(_))) => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    if parts.is_empty() { PathBuf::from(".") } else { parts.iter().collect() }
}

/// The folder that holds `path`; `.` for a bare name.
#[must_use]
pub fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The nearest folder at or above `start` that is the top of a version-controlled checkout, at most 64 levels up.
#[must_use]
pub fn checkout(fs: &dyn FileSystem, start: &Path) -> Option<PathBuf> {
    let start = fs.canonical(start).unwrap_or_else(|_| start.to_owned());
    start
        .ancestors()
        .take(64)
        .find(|folder| {
            [".git", ".hg", ".svn"].iter().any(|mark| fs.meta(&folder.join(mark)).is_ok())
        })
        .map(Path::to_owned)
}

/// `path` as text for people: `/` between its parts, without a leading `./`.
#[must_use]
pub fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if std::path::MAIN_SEPARATOR == '/' { text } else { text.replace('\\', "/").into() };
    text.strip_prefix("./")
        .filter(|rest| !rest.is_empty())
        .map_or_else(|| text.clone().into_owned(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_folder_wins_and_the_root_takes_the_rest() {
        let paths = Paths::new(
            Some("image".into()),
            &[("/etc/nginx".into(), "conf".into()), ("/etc/nginx/ssl".into(), "keys".into())],
        );
        let local = |server: &str| paths.local(Path::new(server)).path;
        assert_eq!(local("/etc/nginx/a.conf"), Path::new("conf/a.conf"));
        assert_eq!(local("/etc/nginx/ssl/a.key"), Path::new("keys/a.key"));
        assert_eq!(local("/etc/nginx"), Path::new("conf"));
        assert_eq!(local("/srv/www"), Path::new("image/srv/www"));
        assert_eq!(
            Paths::default().local(Path::new("/srv")),
            Local { path: "/srv".into(), mapped: false }
        );
    }

    #[test]
    fn paths_are_tidied_as_text() {
        assert_eq!(tidy(Path::new("a/./b/../c")), Path::new("a/c"));
        assert_eq!(tidy(Path::new("../a")), Path::new("../a"));
        assert_eq!(tidy(Path::new("a/..")), Path::new("."));
        assert_eq!(shown(Path::new("./conf/nginx.conf")), "conf/nginx.conf");
    }
}
