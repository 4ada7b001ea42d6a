//! Apache httpd: what includes what, what is read under which condition, which .htaccess files count, and the questions
//! that rules ask.
//!
//! A file is parsed once and may be included many times. A directive is therefore known by (inclusion, node): the
//! inclusion tells what is around it and what was defined and loaded when httpd came by, the node where it is written.

mod allow_override;
mod children;
mod condition;
mod containers;
mod contexts;
mod directive;
mod htaccess;
mod include;
mod lines;
mod load;
mod macros;
mod nodes;
mod places;
mod references;
mod requires;
mod site;
#[cfg(test)]
mod tests;
mod value;
mod variables;

pub use allow_override::AllowOverride;
pub use children::Children;
pub use condition::{Atom, AtomId, AtomKind, Condition, Literal, ModuleState, Modules, Truth};
pub use contexts::{Contexts, is_conditional, is_main};
pub use directive::Directive;
pub use htaccess::{Allowed, Htaccess, Unread};
pub use lines::Alike;
pub use macros::MacroFault;
pub use places::Placed;
pub use references::{Found, Reference};
pub use requires::Requires;
pub use site::Site;
pub use value::Value;

pub(super) use load::load;

use super::alike::{ByLine, Lines, Number};
use super::index::Index;
use crate::grammar::apache::Id;
use crate::source::{FileId, ReadError};
use crate::syntax::NodeId;
use places::Placing;
use requires::AllRequires;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::OnceLock;

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

/// One Apache configuration as it was read: a main configuration, a fragment that nothing here includes, or a lone
/// .htaccess.
#[derive(Debug)]
pub struct SiteData {
    /// The file that it starts with.
    pub main: FileId,
    /// What that file is.
    pub form: Form,
    /// The local folder that relative names start from (`ServerRoot`); unknown for most fragments.
    pub server_root: Option<PathBuf>,
    /// What the server calls that folder, where ServerRoot says it.
    pub server_root_name: Option<PathBuf>,
    /// The files that take part, each once, in the order they were first read; .htaccess files last.
    pub files: Vec<SiteFile>,
    /// Every reading of a file, the main file's own first, parents before children.
    pub inclusions: Vec<Inclusion>,
    /// The .htaccess files.
    pub htaccess: Vec<Htaccess>,
    /// .htaccess files that ask for a login and that the server does not look for.
    pub unread: Vec<Unread>,
    /// The files that directives other than Include name.
    pub references: Vec<Reference>,
    /// The programs that check logins.
    pub programs: Vec<Reference>,
    /// What conditions depend on.
    pub atoms: Vec<Atom>,
    /// Which modules are loaded once everything is read.
    pub modules: Modules,
    index: Index,
    /// The lines of the files, each different one once, and the directives by line: worked out like the next two.
    lines: Lines,
    by_line: OnceLock<ByLine>,
    /// Every directive by the places in which it stands, and the Require directives by provider: worked out when first
    /// asked for, and by then everything is read.
    placing: OnceLock<Placing>,
    requires: OnceLock<AllRequires>,
}

impl SiteData {
    /// The directives of this name, each as (number of the file, node).
    pub(super) fn named(&self, id: Id) -> &[(u32, NodeId)] {
        self.index.get(id.0)
    }
}

impl SiteData {
    /// Every file that takes part, .htaccess files among them.
    pub fn files(&self) -> impl Iterator<Item = FileId> + '_ {
        self.files.iter().map(|file| file.file)
    }

    /// The .htaccess files.
    pub fn htaccess_files(&self) -> impl Iterator<Item = FileId> + '_ {
        self.htaccess.iter().map(|htaccess| htaccess.file)
    }
}

/// A file of a site.
#[derive(Debug)]
pub struct SiteFile {
    /// The file.
    pub file: FileId,
    /// Every reading of it, the first one first; at least one.
    pub inclusions: Vec<InclusionId>,
    /// The grammar's number of each node's name, by node; [`UNKNOWN`](super::index::UNKNOWN) for a name that the tables
    /// lack.
    pub names: Vec<u16>,
    /// The number of each node's line among the different ones of the site, by node.
    lines: Vec<Number>,
    /// Whether `${` stands anywhere in it.
    has_variables: bool,
    /// Whether every section is closed in its place, so that every directive stands in the one that it seems to.
    pub balanced: bool,
    /// The nodes that bear on how the rest is read: conditions, includes, definitions, words with `${`.
    events: Vec<NodeId>,
}

/// The index of an inclusion in [`SiteData::inclusions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InclusionId(pub u32);

impl InclusionId {
    /// The main file's.
    pub const MAIN: Self = Self(0);

    /// The position in [`SiteData::inclusions`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One reading of a file: the main file's, a .htaccess file's, one by an Include, or one of what a macro makes.
#[derive(Debug)]
pub struct Inclusion {
    /// The file, an index into [`SiteData::files`].
    pub file: u32,
    /// The Include, or the Use of a macro, that brought it in; `None` for the main file and .htaccess files.
    pub parent: Option<(InclusionId, NodeId)>,
    /// The .htaccess file that it is, an index into [`SiteData::htaccess`].
    pub htaccess: Option<u32>,
    /// The Include and Use directives in the file that httpd comes by, in its order.
    pub includes: Vec<Include>,
    /// Whether httpd reads all of it for certain, however deep in sections.
    is_certain: bool,
    /// What is known of each conditional section that httpd comes by, in the order of the file.
    truths: Vec<(NodeId, Truth)>,
    /// The words that hold `${`, by their number in the tree: what they stand for, as far as that is known.
    values: Vec<(u32, Option<Box<[u8]>>)>,
}

/// What an Include, or the use of a macro, led to.
#[derive(Debug)]
pub struct Include {
    /// The directive.
    pub node: NodeId,
    /// The inclusions that it made, in the order that httpd reads them.
    pub read: Range<u32>,
    /// How it went.
    pub outcome: Outcome,
    /// Where a pattern matches nothing or a named file is missing: the files that are in that folder, at most 64.
    pub beside: Vec<PathBuf>,
}

/// How an Include went, or a directive about macros.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything that it names was read.
    Read,
    /// The pattern matches nothing in this folder, which is there.
    NothingMatched(PathBuf),
    /// This folder before the pattern is not there although it should be.
    NoFolder(PathBuf),
    /// This file is not there although it should be.
    Missing(PathBuf),
    /// This link leads nowhere although it should; the others were read.
    Dangling(PathBuf),
    /// It may be on the server, but is not here.
    Elsewhere,
    /// A file or folder that it names cannot be read; the others were.
    Unreadable(PathBuf, ReadError),
    /// It leads back to this file, which is being read.
    Cycle(PathBuf),
    /// Includes are nested deeper, or there are more of them, than anyone means; reading stopped.
    TooMany,
    /// A variable or a template fills in a part of its argument, or what a macro makes is not known.
    Unknown,
    /// httpd does not start on it: of directives about macros.
    Refused(MacroFault),
}

impl Outcome {
    /// Whether directives may stand in its place that are not known here.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        !matches!(
            self,
            Self::Read
                | Self::NothingMatched(_)
                | Self::NoFolder(_)
                | Self::Missing(_)
                | Self::Dangling(_)
                | Self::Refused(_)
        )
    }
}
