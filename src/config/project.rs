//! Everything that one run has read.

use super::paths::Paths;
use super::{Target, apache, credentials, nginx};
use crate::source::{FileId, FileSystem, Links, Location, SourceFile, Sources, Span};
use crate::syntax::Tree;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::OnceLock;

/// One of the servers of a repository that holds several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedSite {
    /// Its main configuration.
    pub main: PathBuf,
    /// Where its absolute paths are looked up; as for the others where it is unset.
    pub root: Option<PathBuf>,
}

/// How a run looks at the files.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `--server`: which server's files these are; detected per file when unset.
    pub server: Option<crate::syntax::Language>,
    /// `--root`: absolute paths in the configuration are looked up below this folder.
    pub root: Option<PathBuf>,
    /// `[paths]`: a folder of the server's, and where it is kept here. The longest match wins.
    pub paths: Vec<(PathBuf, PathBuf)>,
    /// `[target]` and `--target`.
    pub target: Target,
    /// `[endpoints] public`: paths that must answer without a login; one that ends in `/` stands for everything below, one
    /// that ends in `*` for every name that begins so.
    pub public: Vec<String>,
    /// `[[site]]`: the servers of a repository that holds several.
    pub sites: Vec<NamedSite>,
    /// `--context`: the blocks that an nginx fragment is included into, outermost first.
    pub context: Vec<String>,
    /// `--define`: httpd's `-D` names and values.
    pub defines: Vec<(String, Option<String>)>,
    /// `exclude` and `--exclude`: patterns as in .gitignore.
    pub exclude: Vec<String>,
    /// `--force-exclude`: a named path can be excluded, too.
    pub force_exclude: bool,
    /// `--no-htaccess`: .htaccess files below document roots are not looked for.
    pub no_htaccess: bool,
    /// The settings file, where findings may point into it.
    pub settings: Option<SettingsFile>,
}

/// A settings file whose contracts are looked at: findings name places in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsFile {
    /// Where it was read from.
    pub path: PathBuf,
    /// Its bytes.
    pub text: Vec<u8>,
    /// The bytes that no output shows, such as the password of a contract's user.
    pub secrets: Vec<Span>,
}

impl Options {
    /// `fs` in which absolute links lead where `--root` and `[paths]` say that the server's folders are kept.
    #[must_use]
    pub fn links<'f>(&self, fs: &'f dyn FileSystem) -> Links<'f> {
        let root = self.root.iter().map(|root| (PathBuf::from("/"), root.clone()));
        let folders: Vec<_> = self.paths.iter().cloned().chain(root).collect();
        let trees: Vec<_> = self.sites.iter().filter_map(|site| site.root.clone()).collect();
        Links::new(fs, &folders).with_trees(&trees)
    }
}

/// A file that would have been read, and why it was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotRead {
    /// The path as the user would write it.
    pub path: String,
    /// Why, fit for a report: "not here", "is no configuration".
    pub reason: String,
}

/// A path that the user named and that could not be read: exit status 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The path as the user wrote it.
    pub path: String,
    /// What the operating system said.
    pub message: String,
}

/// How many files of each kind were read: the last line of the report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Main configurations.
    pub mains: usize,
    /// Files that a main configuration or a fragment includes.
    pub includes: usize,
    /// Fragments that nothing here includes.
    pub fragments: usize,
    /// .htaccess files.
    pub htaccess: usize,
    /// Password, digest and group files.
    pub credentials: usize,
}

impl Counts {
    /// How many files that makes.
    #[must_use]
    pub fn total(self) -> usize {
        self.mains + self.includes + self.fragments + self.htaccess + self.credentials
    }
}

/// The secret bytes of every file, looked for when something is about to be shown.
#[derive(Debug, Default)]
pub struct Secrets(OnceLock<Vec<Vec<Span>>>);

impl From<Vec<Vec<Span>>> for Secrets {
    fn from(known: Vec<Vec<Span>>) -> Self {
        Self(known.into())
    }
}

/// Everything that one run has read.
#[derive(Debug, Default)]
pub struct Project {
    /// The files.
    pub sources: Sources,
    /// The tree of each file by [`FileId::index`]; `None` for files of another kind.
    pub trees: Vec<Option<Tree>>,
    /// The secret bytes of each file by [`FileId::index`], ascending and apart: no output shows them.
    pub secrets: Secrets,
    /// The nginx configurations: one for each main configuration and each fragment that nothing here includes.
    pub nginx: Vec<nginx::SiteData>,
    /// The Apache configurations, likewise.
    pub apache: Vec<apache::SiteData>,
    /// The password, digest and group files.
    pub credentials: Vec<credentials::PasswordFileData>,
    /// What was read, by kind.
    pub counts: Counts,
    /// What was not read.
    pub not_read: Vec<NotRead>,
    /// Named paths that could not be read.
    pub errors: Vec<Trouble>,
    /// What is unknown and where: "auth_request to sso:9091".
    pub unknown: Vec<String>,
    /// What is known of the server.
    pub target: Target,
    /// `[endpoints] public`: paths that must answer without a login.
    pub public: Vec<String>,
    /// Where the server's files are kept here, for what is looked up later; where nothing is said of a server of its own.
    pub paths: Paths,
    /// The same for the server of each main configuration.
    pub(super) paths_of: HashMap<FileId, Paths>,
    /// The files that a named path stands for; findings elsewhere are shown only when they touch one of these.
    /// `None` when everything is shown.
    pub shown: Option<Vec<FileId>>,
    /// The settings file, where findings may point into it, and what is secret in it.
    pub settings: Option<(FileId, Vec<Span>)>,
}

impl Project {
    /// Takes the settings file in. A contract is everybody's concern: what it says is shown whatever was named.
    pub(super) fn add_settings(&mut self, settings: &SettingsFile) {
        let name = super::paths::shown(&super::paths::tidy(&settings.path));
        let file = SourceFile::new(&settings.path, name, settings.text.clone());
        let file = self.sources.push(file);
        self.trees.push(None);
        self.settings = Some((file, settings.secrets.clone()));
        if let Some(shown) = &mut self.shown {
            shown.push(file);
        }
    }

    /// The secret bytes of a file, ascending and apart.
    #[must_use]
    pub fn secrets_of(&self, file: FileId) -> &[Span] {
        let all = self.secrets.0.get_or_init(|| super::secrets::of(self));
        all.get(file.index()).map_or(&[], Vec::as_slice)
    }

    /// The secret bytes of a file that lie in `span`, in part at least.
    #[must_use]
    pub fn secrets_in(&self, file: FileId, span: Span) -> &[Span] {
        let all = self.secrets_of(file);
        let first = all.partition_point(|secret| secret.end <= span.start);
        let length = all[first..].partition_point(|secret| secret.start < span.end);
        &all[first..first + length]
    }

    /// Whether a secret byte lies in `at`.
    #[must_use]
    pub fn is_secret(&self, at: Location) -> bool {
        !self.secrets_in(at.file, at.span).is_empty()
    }

    /// Where the files of the server with this main configuration are kept here.
    #[must_use]
    pub fn paths_of(&self, main: FileId) -> &Paths {
        self.paths_of.get(&main).unwrap_or(&self.paths)
    }

    /// The tree of a file; `None` for a file of another kind.
    #[must_use]
    pub fn tree(&self, file: FileId) -> Option<&Tree> {
        self.trees.get(file.index())?.as_ref()
    }
}
