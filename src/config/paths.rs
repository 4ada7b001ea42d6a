//! Where the server's paths are kept here: `--root`, `[paths]`, and layouts that speak for themselves.

use super::NamedSite;
use crate::source::{FileSystem, Meta, ReadError};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// How the server's absolute paths lead to files that can be read here.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    /// Pairs of (the server's folder, where the user keeps it here); the longest match wins.
    folders: Arc<Vec<(PathBuf, PathBuf)>>,
    /// Everything else lies below this folder.
    root: Option<PathBuf>,
    /// The same for what is none of `sites`.
    common_root: Option<PathBuf>,
    /// The servers of a repository that holds several, by their canonical main configurations.
    sites: Arc<Vec<NamedSite>>,
    /// Pairs that nobody named but that the layout makes plain.
    inferred: Arc<Vec<(PathBuf, PathBuf)>>,
    /// Whether this is a checkout: then the machine's own files are not the server's.
    checkout: bool,
    /// The canonical top of the checkout, which nothing leads out of.
    top: Option<PathBuf>,
    /// The canonical folder of the main configuration.
    own: Option<PathBuf>,
}

/// Folders in which a main configuration is the machine's own server's.
const DEPLOYED: [&str; 3] = ["/etc", "/usr/local", "/opt"];

/// Where a path of the server's leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// The path to read.
    pub path: PathBuf,
    /// Whether all of the server's files of that folder are kept there, so that what is absent is missing for certain.
    pub whole: bool,
    /// Whether anything may be read there at all.
    pub here: bool,
}

impl Paths {
    /// The mapping that the user gave.
    #[must_use]
    pub fn new(root: Option<PathBuf>, folders: &[(PathBuf, PathBuf)]) -> Self {
        let folders = Arc::new(folders.to_vec());
        Self { folders, common_root: root.clone(), root, ..Self::default() }
    }

    /// Names the servers of a repository that holds several.
    #[must_use]
    pub fn with_sites(mut self, fs: &dyn FileSystem, sites: &[NamedSite]) -> Self {
        let canonical = |path: &PathBuf| fs.canonical(path).unwrap_or_else(|_| path.clone());
        let sites =
            sites.iter().map(|it| NamedSite { main: canonical(&it.main), root: it.root.clone() });
        self.sites = Arc::new(sites.collect());
        self
    }

    /// Whether the canonical path `file` is the main configuration of a server that was named.
    #[must_use]
    pub fn is_site(&self, file: &Path) -> bool {
        self.sites.iter().any(|site| site.main == file)
    }

    /// Adds a folder that nobody named. It counts only for what is really there, and behind what the user said.
    pub fn infer(&mut self, server: impl Into<PathBuf>, here: impl Into<PathBuf>) {
        Arc::make_mut(&mut self.inferred).push((server.into(), here.into()));
    }

    /// Says that the files are a checkout, not a server's own.
    pub fn set_checkout(&mut self, checkout: bool) {
        self.checkout = checkout;
    }

    /// Says where the top of the checkout is, a canonical path.
    pub fn set_top(&mut self, top: Option<PathBuf>) {
        self.top = top.filter(|_| self.checkout);
    }

    /// Whether `path`, which a file in the folder `base` names or which is a link there, lies outside of the checkout that
    /// `base` is in.
    #[must_use]
    pub fn leaves_checkout(&self, fs: &dyn FileSystem, base: &Path, path: &Path) -> bool {
        let Some(top) = self.top.as_ref().filter(|_| self.is_checkout()) else { return false };
        let is_inside = |path: &Path| {
            let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
            fs.canonical(path).ok().map(|path| path.starts_with(top))
        };
        let may_leave =
            path.components().any(|part| part == Component::ParentDir) || fs.link(path).is_some();
        may_leave && is_inside(base) == Some(true) && is_inside(path) == Some(false)
    }

    /// Says which main configuration is read next, by its canonical path; `None` for a fragment.
    pub fn set_main(&mut self, main: Option<&Path>) {
        self.own = main.and_then(Path::parent).map(Path::to_owned);
        let site = main.and_then(|main| self.sites.iter().find(|site| site.main == main));
        let own = site.and_then(|site| site.root.clone());
        self.root = own.or_else(|| self.common_root.clone());
    }

    /// Whether the configuration that is read is the one of this machine's own server.
    #[must_use]
    pub fn is_deployed(&self) -> bool {
        let own = |folder: &PathBuf| DEPLOYED.iter().any(|deployed| folder.starts_with(deployed));
        !self.is_checkout() && self.own.as_ref().is_some_and(own)
    }

    /// Whether what is not at `path` is missing for certain rather than kept elsewhere: on the server itself, or next to
    /// a main configuration that is tried out in some folder with all its files.
    #[must_use]
    pub fn is_complete(&self, path: &Path) -> bool {
        self.is_deployed()
            || (!self.is_checkout() && self.own.as_ref().is_some_and(|own| path.starts_with(own)))
    }

    /// Whether the files are a checkout, not a server's own.
    #[must_use]
    pub fn is_checkout(&self) -> bool {
        self.checkout && self.root.is_none()
    }

    /// Where to look for the absolute path `server`.
    #[must_use]
    pub fn local(&self, fs: &dyn FileSystem, server: &Path) -> Local {
        if let Some(path) = mapped(&self.folders, server) {
            return Local { path, whole: true, here: true };
        }
        if let Some(root) = &self.root {
            let path = root.join(server.strip_prefix("/").unwrap_or(server));
            return Local { path, whole: true, here: true };
        }
        for (folder, here) in self.inferred.iter() {
            // the layout is plain only where the first folder or file of the rest stands there, too
            if let Ok(rest) = server.strip_prefix(folder)
                && rest.components().next().is_none_or(|first| fs.meta(&here.join(first)).is_ok())
            {
                return Local { path: join(here, rest), whole: false, here: true };
            }
        }
        Local { path: server.to_owned(), whole: false, here: !self.is_checkout() }
    }
}

/// What is known of a file that the configuration names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is there.
    Here(Meta),
    /// It is not there, and everything that the server has in that folder is.
    Missing,
    /// It is not there, but it may be on the server: this is a checkout, or the folder is elsewhere.
    Elsewhere,
    /// Something is there that cannot be looked at.
    Unreadable(ReadError),
}

impl Paths {
    /// Looks for the file that the server knows as `name`; a relative name lies in the local folder `base`.
    #[must_use]
    pub fn locate(&self, fs: &dyn FileSystem, name: &Path, base: &Path) -> (PathBuf, Presence) {
        let local = if name.is_absolute() {
            self.local(fs, name)
        } else {
            let path = join(base, name);
            let here = !self.leaves_checkout(fs, base, &path);
            Local { path, whole: false, here }
        };
        let presence = if local.here { self.presence(fs, &local) } else { Presence::Elsewhere };
        (local.path, presence)
    }

    fn presence(&self, fs: &dyn FileSystem, local: &Local) -> Presence {
        match fs.meta(&local.path) {
            Ok(meta) => Presence::Here(meta),
            Err(ReadError::NotFound) if local.whole || self.has_all_near(fs, &local.path) => {
                Presence::Missing
            }
            Err(ReadError::NotFound) => Presence::Elsewhere,
            Err(error) => Presence::Unreadable(error),
        }
    }

    /// Whether what is not at `path` is missing for certain. A folder that is not there either shows nothing.
    pub(super) fn has_all_near(&self, fs: &dyn FileSystem, path: &Path) -> bool {
        let near = || {
            path.ancestors().skip(1).find_map(|above| {
                let above = if above.as_os_str().is_empty() { Path::new(".") } else { above };
                let canonical = fs.canonical(above).ok()?;
                Some(canonical.join(path.strip_prefix(above).unwrap_or(path)))
            })
        };
        (path.is_relative() || fs.meta(&folder(path)).is_ok())
            && near().is_some_and(|path| self.is_complete(&path))
    }
}

fn mapped(folders: &[(PathBuf, PathBuf)], server: &Path) -> Option<PathBuf> {
    folders
        .iter()
        .filter_map(|(folder, here)| {
            Some((folder.components().count(), here, server.strip_prefix(folder).ok()?))
        })
        .max_by_key(|&(length, _, _)| length)
        .map(|(_, here, rest)| join(here, rest))
}

/// `rest` in `folder`, without a needless `./` or a slash at the end.
#[must_use]
pub fn join(folder: &Path, rest: &Path) -> PathBuf {
    if folder == Path::new(".") {
        return if rest.as_os_str().is_empty() { folder.to_owned() } else { rest.to_owned() };
    }
    if rest.as_os_str().is_empty() { folder.to_owned() } else { folder.join(rest) }
}

/// `path` with `.` removed and `..` resolved as text, the way a person shortens a path.
#[must_use]
pub fn tidy(path: &Path) -> PathBuf {
    if cfg!(unix) && is_tidy(path.as_os_str().as_encoded_bytes()) {
        return path.to_owned();
    }
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

/// Whether no part of `path` is empty, `.` or `..`: most are written so.
#[must_use]
pub fn is_tidy(path: &[u8]) -> bool {
    let path = path.strip_prefix(b"/").unwrap_or(path);
    path.split(|&byte| byte == b'/').all(|part| !matches!(part, b"" | b"." | b".."))
}

/// The folder that holds `path`; `.` for a bare name.
#[must_use]
pub fn folder(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// The folder above the folder `path`, also where `path` is written as `.` or ends in `..`.
#[must_use]
pub fn up(path: &Path) -> PathBuf {
    tidy(&path.join(".."))
}

/// A path as the server wrote it. Paths are bytes on Unix; elsewhere what is not UTF-8 is replaced.
#[must_use]
pub fn from_bytes(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStrExt;
        PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
    }
    #[cfg(not(unix))]
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
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
    use crate::source::Memory;

    #[test]
    fn the_longest_folder_wins_and_the_root_takes_the_rest() {
        let paths = Paths::new(
            Some("image".into()),
            &[("/etc/nginx".into(), "conf".into()), ("/etc/nginx/ssl".into(), "keys".into())],
        );
        let local = |server: &str| paths.local(&Memory::default(), Path::new(server)).path;
        assert_eq!(local("/etc/nginx/a.conf"), Path::new("conf/a.conf"));
        assert_eq!(local("/etc/nginx/ssl/a.key"), Path::new("keys/a.key"));
        assert_eq!(local("/etc/nginx"), Path::new("conf"));
        assert_eq!(local("/srv/www"), Path::new("image/srv/www"));
    }

    #[test]
    fn a_layout_speaks_only_for_what_is_there() {
        let mut fs = Memory::default();
        fs.insert("repo/conf.d/a.conf", "");
        let mut paths = Paths::default();
        paths.infer("/etc/nginx", "repo");
        paths.set_checkout(true);
        let local = |server: &str| paths.local(&fs, Path::new(server));
        let conf_d = Local { path: "repo/conf.d/b.conf".into(), whole: false, here: true };
        assert_eq!(local("/etc/nginx/conf.d/b.conf"), conf_d);
        let mime = Local { path: "/etc/nginx/mime.types".into(), whole: false, here: false };
        assert_eq!(local("/etc/nginx/mime.types"), mime);
    }

    #[test]
    fn paths_are_tidied_as_text() {
        assert_eq!(tidy(Path::new("a/./b/../c")), Path::new("a/c"));
        assert_eq!(tidy(Path::new("../a")), Path::new("../a"));
        assert_eq!(tidy(Path::new("a/..")), Path::new("."));
        assert_eq!(shown(Path::new("./conf/nginx.conf")), "conf/nginx.conf");
    }
}
