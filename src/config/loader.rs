//! Reads each file once and parses it once, for the configurations of both servers.

use super::paths::{self, Paths, Presence};
use super::{Counts, NotRead, Options, Project, Trouble, nginx};
use crate::source::{DumpOrigin, FileId, FileSystem, ReadError, SourceFile, Template};
use crate::syntax::Word;
use crate::syntax::apache::Flavour;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// The state of a run while files come in.
pub(super) struct Loader<'f> {
    /// The way to the files.
    pub(super) fs: &'f dyn FileSystem,
    /// What the user asked for.
    pub(super) options: &'f Options,
    /// Where the server's paths lead.
    pub(super) paths: Paths,
    /// What has been read so far.
    pub(super) project: Project,
    by_path: HashMap<PathBuf, Result<FileId, ReadError>>,
    noted: HashSet<PathBuf>,
    /// The current folder, where the user named everything by relative paths.
    pub(super) here: Option<PathBuf>,
    folders: HashMap<PathBuf, PathBuf>,
    /// The files of dumps: how a person knows each, and where it stands in its dump.
    pub(super) dumped: HashMap<PathBuf, (String, DumpOrigin)>,
}

/// What a file is parsed as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ParseAs {
    /// nginx.conf and its includes.
    Nginx,
    /// httpd.conf, its includes, and .htaccess.
    Apache(Flavour),
}

impl<'f> Loader<'f> {
    pub(super) fn new(fs: &'f dyn FileSystem, options: &'f Options) -> Self {
        let project = Project {
            target: options.target.clone(),
            public: options.public.clone(),
            ..Project::default()
        };
        let paths = Paths::new(options.root.clone(), &options.paths).with_sites(fs, &options.sites);
        Self {
            fs,
            options,
            paths,
            project,
            by_path: HashMap::new(),
            noted: HashSet::new(),
            here: None,
            folders: HashMap::new(),
            dumped: HashMap::new(),
        }
    }

    /// Reads the file at `path`, or finds it among those that were read. Links lead to the file that a person edits.
    pub(super) fn read(&mut self, path: &Path) -> Result<FileId, ReadError> {
        if let Some(known) = self.by_path.get(path) {
            return known.clone();
        }
        let result = self.read_new(path);
        self.by_path.insert(path.to_owned(), result.clone());
        result
    }

    fn read_new(&mut self, path: &Path) -> Result<FileId, ReadError> {
        let is_link = self.fs.link(path).is_some();
        let canonical =
            if is_link { self.fs.canonical(path)? } else { self.in_canonical_folder(path)? };
        if let Some(Ok(known)) = self.by_path.get(&canonical) {
            return Ok(*known);
        }
        let bytes = self.fs.read(path)?;
        let name = if is_link { self.link_target(path, &canonical) } else { path.to_owned() };
        let name = self.seen_from_here(name);
        let template = Template::detect(path, &bytes);
        let dumped = self.dumped.remove(path);
        let (name, dump) = match dumped {
            Some((name, origin)) => (name, Some(origin)),
            None => (paths::shown(&paths::tidy(&name)), None),
        };
        let mut file = SourceFile::new(path, name, bytes).with_template(template);
        file.dump = dump;
        let id = self.project.sources.push(file);
        self.project.trees.push(None);
        self.by_path.insert(canonical, Ok(id));
        Ok(id)
    }

    /// An absolute path that the configuration names and that leads into the current folder, as somebody would write it
    /// who named the configuration by a relative path.
    fn seen_from_here(&self, path: PathBuf) -> PathBuf {
        match &self.here {
            Some(here) => path.strip_prefix(here).map(Path::to_owned).unwrap_or(path),
            None => path,
        }
    }

    /// The canonical path of what is no link itself: only its folder, shared with many others, needs resolving.
    fn in_canonical_folder(&mut self, path: &Path) -> Result<PathBuf, ReadError> {
        let Some(name) = path.file_name() else { return self.fs.canonical(path) };
        let folder = paths::folder(path);
        if let Some(canonical) = self.folders.get(&folder) {
            return Ok(canonical.join(name));
        }
        let canonical = self.fs.canonical(&folder)?;
        let path = canonical.join(name);
        self.folders.insert(folder, canonical);
        Ok(path)
    }

    /// The target of a link, written the way the user wrote the link: relative where both lie in one folder tree.
    fn link_target(&self, link: &Path, target: &Path) -> PathBuf {
        link.ancestors()
            .skip(1)
            .map(|above| if above.as_os_str().is_empty() { Path::new(".") } else { above })
            .find_map(|above| {
                let rest = target.strip_prefix(self.fs.canonical(above).ok()?).ok()?.to_owned();
                Some(paths::tidy(&above.join(rest)))
            })
            .unwrap_or_else(|| target.to_owned())
    }

    /// The tree of a file, parsed when it is first asked for. A file has one tree: the first caller's language stands.
    pub(super) fn parse(&mut self, file: FileId, parse_as: ParseAs) {
        let source = self.project.sources.get(file);
        self.project.trees[file.index()].get_or_insert_with(|| {
            let (text, holes) = (source.text(), source.holes());
            match parse_as {
                ParseAs::Nginx => {
                    let mut tree = crate::syntax::nginx::parse(text, holes);
                    let takes = |words: &[Word], block| nginx::takes(text, words, block);
                    crate::syntax::nginx::split_run_ons(&mut tree, text, takes);
                    tree
                }
                ParseAs::Apache(flavour) => crate::syntax::apache::parse(text, flavour, holes),
            }
        });
    }

    /// Says that `folder` may be one of the server's folders `known`: a repository that holds its contents, or a whole
    /// `etc/nginx` below some folder.
    pub(super) fn infer_layout(&mut self, folder: &Path, known: &[&str]) {
        let canonical = self.fs.canonical(folder).unwrap_or_else(|_| folder.to_owned());
        for server in known.iter().map(Path::new) {
            if canonical == server {
                continue;
            }
            self.paths.infer(server, folder);
            let below = server.strip_prefix("/").unwrap_or(server);
            if canonical.ends_with(below) {
                let ups = below.components().count();
                let root = (0..ups).fold(folder.to_owned(), |path, _| paths::up(&path));
                self.paths.infer("/", root);
            }
        }
    }

    /// Says that the main configuration at `path` is read next, or a fragment without one.
    pub(super) fn set_main(&mut self, path: Option<&Path>) {
        let main = path.and_then(|path| {
            let folder = self.fs.canonical(&paths::folder(path)).ok()?;
            Some(folder.join(path.file_name()?))
        });
        self.paths.set_main(main.as_deref());
    }

    /// Whether the settings name the file at `path` as the main configuration of a server.
    pub(super) fn is_site(&self, path: &Path) -> bool {
        !self.options.sites.is_empty()
            && self.fs.canonical(path).is_ok_and(|path| self.paths.is_site(&path))
    }

    /// Whether the link at `path` leads out of the checkout.
    pub(super) fn leaves_checkout(&self, path: &Path) -> bool {
        self.paths.leaves_checkout(self.fs, &paths::folder(path), path)
    }

    /// Whether the link at `path` leads to a place that may be there on the server although it is not here.
    pub(super) fn leads_elsewhere(&self, path: &Path) -> bool {
        self.fs.link(path).is_some_and(|target| {
            target.is_absolute()
                && !self.paths.local(self.fs, &target).whole
                && !self.paths.has_all_near(self.fs, &target)
        })
    }

    /// Notes a file that would have been read, once.
    pub(super) fn not_read(&mut self, path: &Path, reason: impl Into<String>) {
        if self.noted.insert(path.to_owned()) {
            self.project
                .not_read
                .push(NotRead { path: paths::shown(&paths::tidy(path)), reason: reason.into() });
        }
    }

    /// Notes a path that the user named and that cannot be read.
    pub(super) fn trouble(&mut self, path: &Path, message: impl Into<String>) {
        self.project.errors.push(Trouble { path: paths::shown(path), message: message.into() });
    }

    /// The counts of the summary.
    pub(super) fn counts(&mut self) -> &mut Counts {
        &mut self.project.counts
    }
}

impl Loader<'_> {
    /// Looks for the file that the server knows as `name`; a relative name lies in the local folder `base`.
    pub(super) fn locate(&self, name: &Path, base: &Path) -> (PathBuf, Presence) {
        self.paths.locate(self.fs, name, base)
    }
}
