//! The directives of a configuration by their lines, those that are alike together.

use super::{Directive, Site};
use crate::config::alike::{ByLine, Number};
use crate::grammar::nginx::{COUNT, Id, lookup};
use crate::syntax::{NodeId, NodeKind};

/// Directives, or blocks, whose heads are alike: what the words of one say, those of all say. Lines of free-form blocks
/// are not among them.
#[derive(Clone, Copy, Debug)]
pub struct Alike<'p> {
    site: Site<'p>,
    members: &'p [(u32, NodeId)],
}

impl<'p> Alike<'p> {
    /// The first of them.
    #[must_use]
    pub fn one(self) -> Option<Directive<'p>> {
        self.directives().next()
    }

    /// They, each once however often its file is included, in the order of files and lines.
    pub fn directives(self) -> impl Iterator<Item = Directive<'p>> {
        self.site.entries(self.members).filter(|it| it.node().kind != NodeKind::Entry)
    }
}

impl<'p> Directive<'p> {
    /// The number of its line: directives that are alike have the same one.
    #[must_use]
    pub fn line(self) -> u32 {
        self.file().lines[self.id.index()]
    }

    /// The numbers of the lines inside the block, at any depth: blocks that are written alike have the same ones. What an
    /// include brings in is not among them.
    #[must_use]
    pub fn inner_lines(self) -> &'p [u32] {
        let inside = self.id.index() + 1..self.node().end as usize;
        self.file().lines.get(inside).unwrap_or_default()
    }
}

impl<'p> Site<'p> {
    /// The directives of this name by their lines.
    pub fn lines(self, id: Id) -> impl Iterator<Item = Alike<'p>> + use<'p> {
        self.by_line().numbers(Some(id.0.into())).iter().map(move |&number| self.line(number))
    }

    /// The directives of this name whose line `is_meant` takes, which is asked of each different line once: it may look
    /// at nothing but the words.
    pub fn directives_where(
        self,
        name: &str,
        is_meant: impl Fn(Directive<'p>) -> bool,
    ) -> impl Iterator<Item = Directive<'p>> {
        let lines = lookup(name.as_bytes()).into_iter().flat_map(move |known| self.lines(known.id));
        let meant = lines.filter(move |alike| alike.one().is_some_and(&is_meant));
        meant.flat_map(Alike::directives)
    }

    /// Whether the line of a directive of this name is meant: asked like [`Self::directives_where`].
    pub fn has_line(self, name: &str, is_meant: impl Fn(Directive<'p>) -> bool) -> bool {
        self.directives_where(name, is_meant).next().is_some()
    }

    /// All directives by their lines.
    pub fn every_line(self) -> impl Iterator<Item = Alike<'p>> {
        (0..self.data.lines.count() as Number).map(move |number| self.line(number))
    }

    fn line(self, number: Number) -> Alike<'p> {
        Alike { site: self, members: self.by_line().members(number) }
    }

    fn by_line(self) -> &'p ByLine {
        let files = self.data.files.iter().map(|file| &*file.lines);
        self.data.by_line.get_or_init(|| ByLine::new(&self.data.lines, files, COUNT))
    }
}
