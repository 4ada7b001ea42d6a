//! The directives of a configuration by their lines, those that are alike together.

use super::{Directive, Site};
use crate::config::alike::{ByLine, Number};
use crate::grammar::apache::{COUNT, Directive as Known, lookup, lookup_section};
use crate::syntax::NodeId;

/// Directives, or sections, whose lines are alike: what the words of one say, those of all say.
#[derive(Clone, Copy, Debug)]
pub struct Alike<'p> {
    site: Site<'p>,
    members: &'p [(u32, NodeId)],
}

impl<'p> Alike<'p> {
    /// One of them; `None` when httpd reads none.
    #[must_use]
    pub fn one(self) -> Option<Directive<'p>> {
        self.directives().next()
    }

    /// They, in the order of files and lines, each in one reading of its file in which httpd reads it, or may read it.
    pub fn directives(self) -> impl Iterator<Item = Directive<'p>> {
        let each = move |&(file, id)| self.site.first(file, id).as_read();
        self.members.iter().filter_map(each)
    }
}

impl<'p> Site<'p> {
    /// The directives of this name by their lines.
    pub fn lines(self, name: &str) -> impl Iterator<Item = Alike<'p>> + use<'p> {
        self.alike(lookup(name.as_bytes()))
    }

    /// The sections of this name by their lines.
    pub fn section_lines(self, name: &str) -> impl Iterator<Item = Alike<'p>> + use<'p> {
        self.alike(lookup_section(name.as_bytes()))
    }

    /// The directives, or sections, with this entry in the tables, by their lines; `None`: those that the tables lack.
    pub fn alike(self, known: Option<&'static Known>) -> impl Iterator<Item = Alike<'p>> + use<'p> {
        self.numbers(known).iter().map(move |&number| self.line(number))
    }

    /// All directives and sections by their lines.
    pub fn every_line(self) -> impl Iterator<Item = Alike<'p>> {
        (0..self.data.lines.count() as Number).map(move |number| self.line(number))
    }

    /// The numbers of the lines with this entry in the tables.
    pub(super) fn numbers(self, known: Option<&'static Known>) -> &'p [Number] {
        self.by_line().numbers(known.map(|known| known.id.index()))
    }

    /// The directives with this line.
    pub(super) fn line(self, number: Number) -> Alike<'p> {
        Alike { site: self, members: self.by_line().members(number) }
    }

    fn by_line(self) -> &'p ByLine {
        let files = self.data.files.iter().map(|file| &*file.lines);
        self.data.by_line.get_or_init(|| ByLine::new(&self.data.lines, files, COUNT))
    }
}
