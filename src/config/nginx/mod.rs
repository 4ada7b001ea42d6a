//! nginx: what includes what, in which context each directive stands, and the questions that rules ask.
//!
//! A file is parsed once and may be included many times. A directive is therefore known by (inclusion, node): the
//! inclusion tells what is around it, the node where it is written.

mod contexts;
mod inherited;
mod lines;
mod load;
mod places;
mod references;
mod roots;
mod run_ons;
mod shipped;
mod site;
#[cfg(test)]
mod tests;
mod user_files;
mod words;

pub use contexts::{ContextError, check_context, inside, is_main};
pub use inherited::{Effective, Inherited};
pub use lines::Alike;
pub use references::{Base, Reference};
pub use roots::Below;
pub use site::{Directive, Site, Value};
pub use user_files::UserFile;
pub use words::{BlockKey, Variable, shown, variables};

pub(super) use load::load;
pub(super) use run_ons::takes;

use super::alike::{ByLine, Lines, Number};
use super::index::{Index, UNKNOWN};
use crate::grammar::nginx::{Contexts, Id};
use crate::source::{FileId, ReadError};
use crate::syntax::NodeId;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::OnceLock;

/// One nginx configuration as it was read: a main configuration, or a fragment that nothing here includes.
#[derive(Debug)]
pub struct SiteData {
    /// The file that it starts with.
    pub main: FileId,
    /// Whether that file is a main configuration, so that nothing is around it.
    pub complete: bool,
    /// The local folder that relative names of includes, password files and certificates start from
    /// (nginx's `conf_prefix`); unknown for a fragment.
    pub conf_prefix: Option<PathBuf>,
    /// The files that take part, each once, in the order they were first included.
    pub files: Vec<SiteFile>,
    /// Every inclusion, the main file's own first, parents before children.
    pub inclusions: Vec<Inclusion>,
    /// The files that directives other than `include` name.
    pub references: Vec<Reference>,
    index: Index,
    /// The lines of the files, each different one once, and the directives by line: worked out when first asked for.
    lines: Lines,
    by_line: OnceLock<ByLine>,
    user_files: OnceLock<Vec<u32>>,
}

impl SiteData {
    /// The directives of this name, each as (number of the file, node).
    pub(super) fn named(&self, id: Id) -> &[(u32, NodeId)] {
        self.index.get(id.0)
    }
}

/// A file of a site.
#[derive(Debug)]
pub struct SiteFile {
    /// The file.
    pub file: FileId,
    /// The first inclusion of it.
    pub inclusion: InclusionId,
    /// Every inclusion of it, the first one first.
    pub inclusions: Vec<InclusionId>,
    /// The grammar's id of each node's name, by node; [`UNKNOWN`] for a name that the tables lack or that is data.
    pub names: Vec<u16>,
    /// The number of each node's line among the different ones of the site, by node.
    lines: Vec<Number>,
    /// The places in which each node stands in that first inclusion, by node.
    pub contexts: Vec<Contexts>,
    /// Whether no brace is missing or too many, so that every directive stands in the block that it seems to.
    pub balanced: bool,
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

/// One reading of a file: the main file's, or one by an `include`.
#[derive(Debug)]
pub struct Inclusion {
    /// The file, an index into [`SiteData::files`].
    pub file: u32,
    /// The `include` that brought it in; `None` for the main file.
    pub parent: Option<(InclusionId, NodeId)>,
    /// The places in which the file's outermost directives may stand.
    pub contexts: Contexts,
    /// The `include` directives in the file, in its order.
    pub includes: Vec<Include>,
}

/// What an `include` led to.
#[derive(Debug)]
pub struct Include {
    /// The directive.
    pub node: NodeId,
    /// The inclusions that it made, in the order that nginx reads them.
    pub read: Range<u32>,
    /// What else there is to say.
    pub outcome: Outcome,
}

/// How an `include` went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everything that it names was read.
    Read,
    /// The pattern matches no file in a folder that is there; the first file that it passes over, if there is any.
    NothingMatched(Option<PathBuf>),
    /// The pattern's folder is not there; nginx takes that for no match.
    NoFolder,
    /// The named file is not there although it should be.
    Missing,
    /// It may be on the server, but is not here.
    Elsewhere,
    /// A file that it names cannot be read; the others were.
    Unreadable(PathBuf, ReadError),
    /// It leads back to a file that is being read.
    Cycle,
    /// There are more inclusions than anyone means; reading stopped.
    TooMany,
    /// Its argument is filled in by a template.
    Unknown,
}

impl Outcome {
    /// Whether directives may stand in its place that are not known here.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        !matches!(self, Self::Read | Self::NothingMatched(_))
    }
}
