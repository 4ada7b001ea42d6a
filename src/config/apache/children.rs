//! The directives of a section in the order in which httpd reads them.

use super::{Directive, InclusionId, Site, SiteFile, Truth};
use crate::syntax::NodeId;
use std::ops::Range;

/// The directives of a section as httpd reads them; see [`Directive::children`].
#[derive(Clone, Debug)]
pub struct Children<'p> {
    site: Site<'p>,
    /// Where to go on.
    at: Frame<'p>,
    /// Where to go on in the files around, the innermost last, each with the files of its Include that are still to come.
    above: Vec<(Frame<'p>, Range<u32>)>,
}

/// The rest of a section, or of a file.
#[derive(Clone, Debug)]
struct Frame<'p> {
    inclusion: InclusionId,
    file: &'p SiteFile,
    next: u32,
    end: u32,
}

impl<'p> Frame<'p> {
    fn file(site: Site<'p>, inclusion: InclusionId) -> Self {
        let file = &site.data.files[site.inclusion(inclusion).file as usize];
        Self { inclusion, file, next: 0, end: file.names.len() as u32 }
    }
}

impl<'p> Children<'p> {
    /// What stands at the top of a reading.
    pub(super) fn of_file(site: Site<'p>, inclusion: InclusionId) -> Self {
        Self { site, at: Frame::file(site, inclusion), above: Vec::new() }
    }

    /// What stands in a section.
    pub(super) fn of_section(section: Directive<'p>) -> Self {
        let at = Frame {
            inclusion: section.inclusion,
            file: section.file(),
            next: section.id.0 + 1,
            end: section.node().end,
        };
        Self { site: section.site, at, above: Vec::new() }
    }
}

impl<'p> Iterator for Children<'p> {
    type Item = Directive<'p>;

    fn next(&mut self) -> Option<Directive<'p>> {
        loop {
            let Frame { inclusion, file, next, end } = self.at;
            if next >= end {
                let (frame, rest) = self.above.last_mut()?;
                if let Some(file) = rest.next() {
                    self.at = Frame::file(self.site, InclusionId(file));
                } else {
                    self.at = frame.clone();
                    self.above.pop();
                }
                continue;
            }
            let directive = Directive::new(self.site, inclusion, file, NodeId(next));
            if directive.is_conditional() {
                let skipped = directive.truth() == Some(Truth::No);
                self.at.next = if skipped { directive.node().end } else { next + 1 };
                continue;
            }
            self.at.next = directive.node().end;
            let includes = &self.site.inclusion(inclusion).includes;
            if includes.is_empty() {
                return Some(directive);
            }
            let include = includes.binary_search_by_key(&directive.id, |include| include.node).ok();
            let Some(include) = include.map(|at| &includes[at]) else { return Some(directive) };
            let mut files = include.read.clone();
            if let Some(first) = files.next() {
                let first = Frame::file(self.site, InclusionId(first));
                self.above.push((std::mem::replace(&mut self.at, first), files));
            }
            if include.outcome.is_unknown() {
                // what else it stands for is not known here; the directive itself says so
                return Some(directive);
            }
        }
    }
}
