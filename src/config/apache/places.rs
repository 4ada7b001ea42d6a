//! Where each directive stands, across all readings of its file, and how sure its words are.

use super::contexts::{ANYWHERE, inside, known};
use super::{Contexts, Directive, InclusionId, Site, Truth};
use crate::grammar::apache::Places;
use crate::syntax::{NodeId, SyntaxErrorKind, Tree};

/// Sections that nobody nests deeper: beyond, nothing is said.
const DEEPEST: usize = 256;

impl<'p> Site<'p> {
    /// Every directive and section that httpd may read, with the places in which it stands: once for each kind of place
    /// that its file is read in, and so mostly once.
    pub fn placed(self) -> impl Iterator<Item = (Directive<'p>, Contexts)> {
        self.placed_if(|_| true)
    }

    /// The same of .htaccess files alone.
    pub fn placed_in_htaccess(self) -> impl Iterator<Item = (Directive<'p>, Contexts)> {
        self.placed_if(|around| around.htaccess)
    }

    fn placed_if(
        self,
        meant: impl Fn(Contexts) -> bool,
    ) -> impl Iterator<Item = (Directive<'p>, Contexts)> {
        let outer = self.outer_places();
        let kinds = self.data.files.iter().flat_map(|file| {
            let mut kinds: Vec<(InclusionId, Contexts)> = Vec::new();
            for &id in &file.inclusions {
                let htaccess = self.inclusion(id).htaccess.is_some();
                let contexts = Contexts { places: outer[id.index()], htaccess };
                if meant(contexts) && !kinds.iter().any(|&(_, other)| other == contexts) {
                    kinds.push((id, contexts));
                }
            }
            kinds
        });
        let kinds: Vec<_> = kinds.collect();
        kinds.into_iter().flat_map(move |(inclusion, around)| {
            let places = self.places_in(inclusion, around.places);
            places.into_iter().enumerate().filter_map(move |(node, places)| {
                let id = NodeId(node as u32);
                let contexts = Contexts { places: places?, ..around };
                Some((Directive { site: self, inclusion, id }, contexts))
            })
        })
    }

    /// The places of the outermost directives of every reading.
    fn outer_places(self) -> Vec<Places> {
        let mut outer: Vec<Places> = Vec::with_capacity(self.data.inclusions.len());
        for (index, inclusion) in self.data.inclusions.iter().enumerate() {
            let places = match inclusion.parent {
                None => self.top_places(InclusionId(index as u32)),
                Some((above, id)) => {
                    let include = Directive { site: self, inclusion: above, id };
                    let around: Vec<NodeId> = include.tree().ancestors(id).take(DEEPEST).collect();
                    let section = |&id: &NodeId| Directive { id, ..include }.known();
                    let top = if around.len() == DEEPEST { ANYWHERE } else { outer[above.index()] };
                    around.iter().rev().map(section).fold(top, |outer, known| inside(known, outer))
                }
            };
            outer.push(places);
        }
        outer
    }

    /// The places of every node of a reading; `None` for what httpd certainly skips.
    fn places_in(self, id: InclusionId, outer: Places) -> Vec<Option<Places>> {
        let file = &self.data.files[self.inclusion(id).file as usize];
        let Some(tree) = self.project.tree(file.file) else { return Vec::new() };
        let mut all: Vec<Option<Places>> = Vec::with_capacity(tree.nodes.len());
        // neighbours mostly share their section
        let mut last = (None, Some(outer));
        for node in &tree.nodes {
            if node.parent != last.0 {
                let inner = node.parent.map_or(Some(outer), |section| {
                    let skipped = Directive { site: self, inclusion: id, id: section }.truth()
                        == Some(Truth::No);
                    let around = all[section.index()].filter(|_| !skipped)?;
                    Some(inside(known(file.names[section.index()]), around))
                });
                last = (node.parent, inner);
            }
            all.push(last.1);
        }
        all
    }
}

impl Directive<'_> {
    /// Whether its words are certainly these: no template fills any of them in, and the parser had nothing to mend in it.
    #[must_use]
    pub fn is_as_written(self) -> bool {
        let head = self.node().head;
        let errors = &self.tree().errors;
        let next = errors.partition_point(|error| error.at.end < head.start);
        let is_mended = errors.get(next).is_some_and(|error| error.at.start <= head.end);
        let is_filled_in = self.source().template().is_some_and(|template| template.touches(head));
        !is_mended && !is_filled_in
    }

    /// Whether it certainly stands in the section that it seems to: no template decides on it, no section of its file is open
    /// or closed by mistake, and there are not more around it than anybody writes.
    #[must_use]
    pub fn is_certainly_here(self) -> bool {
        !self.is_in_template() && self.file().balanced && self.ancestors().nth(DEEPEST).is_none()
    }
}

/// Whether every section is closed in its place.
pub(super) fn is_balanced(tree: &Tree) -> bool {
    !tree.errors.iter().any(|error| {
        matches!(
            error.kind,
            SyntaxErrorKind::MissingSectionEnd
                | SyntaxErrorKind::MismatchedSectionEnd
                | SyntaxErrorKind::UnexpectedSectionEnd
        )
    })
}
