//! Apache httpd: includes, conditions, .htaccess and the questions that rules ask.

use super::Project;
use super::loader::Loader;
use crate::source::FileId;
use crate::syntax::Tree;
use std::path::Path;

/// What a configuration starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// httpd.conf or apache2.conf: nothing is around it.
    Main,
    /// A file that is included somewhere that is not known here.
    Fragment,
    /// A lone .htaccess: the server's configuration is not known.
    Htaccess,
}

/// One Apache configuration as it was read.
#[derive(Debug)]
pub struct SiteData {
    /// The file that it starts with.
    pub main: FileId,
    /// What that file is.
    pub form: Form,
}

impl SiteData {
    /// Every file that takes part, .htaccess files among them.
    pub fn files(&self) -> impl Iterator<Item = FileId> + '_ {
        std::iter::once(self.main)
    }

    /// The .htaccess files.
    pub fn htaccess_files(&self) -> impl Iterator<Item = FileId> + '_ {
        std::iter::empty()
    }
}

/// An Apache configuration with everything a rule may ask of it.
#[derive(Clone, Copy, Debug)]
pub struct Site<'p> {
    /// The run that it is part of.
    pub project: &'p Project,
    /// What was read.
    pub data: &'p SiteData,
}

/// Whether a file is a main configuration rather than a fragment.
#[must_use]
pub fn is_main(path: &Path, tree: &Tree, text: &[u8]) -> bool {
    let _ = (tree, text);
    path.file_name().is_some_and(|name| name == "httpd.conf" || name == "apache2.conf")
}

/// Reads `main` and everything that it brings in.
pub(super) fn load(loader: &mut Loader<'_>, main: FileId, form: Form) -> SiteData {
    let _ = loader;
    SiteData { main, form }
}
