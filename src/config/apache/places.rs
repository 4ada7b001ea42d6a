//! Where each directive stands, across all readings of its file, and how sure its words are.

use super::contexts::{ANYWHERE, inside, is_conditional, known};
use super::{Contexts, Directive, InclusionId, Site, Truth};
use crate::config::index::UNKNOWN;
use crate::grammar::apache::{COUNT, Directive as Known, Places};
use crate::syntax::{NodeId, SyntaxErrorKind, Tree};
use std::ops::Range;

/// Sections that nobody nests deeper: beyond, nothing is said.
const DEEPEST: usize = 256;

/// The directives and sections of one name that stand in one kind of place, in one reading of their file: what the tables
/// say of them is asked once.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'p> {
    /// What the tables say of the name; `None` for the names that they lack, all together.
    pub known: Option<&'static Known>,
    /// The places in which they stand.
    pub contexts: Contexts,
    site: Site<'p>,
    inclusion: InclusionId,
    nodes: &'p [NodeId],
}

impl<'p> Placed<'p> {
    /// They, in the order of the file.
    pub fn directives(self) -> impl Iterator<Item = Directive<'p>> {
        let number = self.site.inclusion(self.inclusion).file;
        let file = &self.site.data.files[number as usize];
        let one = move |&id| Directive::new(self.site, self.inclusion, file, id);
        self.nodes.iter().map(one)
    }
}

/// Every directive by its name and the places in which it stands.
#[derive(Debug, Default)]
pub(super) struct Placing {
    groups: Vec<Group>,
    nodes: Vec<NodeId>,
}

#[derive(Debug)]
struct Group {
    inclusion: InclusionId,
    name: u16,
    contexts: Contexts,
    nodes: Range<u32>,
}

impl<'p> Site<'p> {
    /// Every directive and section that httpd may read, by name and by the places in which it stands: once for each kind
    /// of place that its file is read in, and so mostly once.
    pub fn placed(self) -> impl Iterator<Item = Placed<'p>> {
        let placing = self.data.placing.get_or_init(|| self.place());
        placing.groups.iter().map(move |group| Placed {
            known: known(group.name),
            contexts: group.contexts,
            site: self,
            inclusion: group.inclusion,
            nodes: &placing.nodes[group.nodes.start as usize..group.nodes.end as usize],
        })
    }

    /// Those of .htaccess files, each with the places in which it stands, in the order of files and lines.
    pub fn placed_in_htaccess(self) -> impl Iterator<Item = (Directive<'p>, Contexts)> {
        let placed = self.placed().filter(|placed| placed.contexts.htaccess);
        let each = |placed: Placed<'p>| placed.directives().map(move |one| (one, placed.contexts));
        let mut all: Vec<_> = placed.flat_map(each).collect();
        all.sort_by_key(|(one, _)| (one.file_number(), one.inclusion, one.id));
        all.into_iter()
    }

    fn place(self) -> Placing {
        let outer = self.outer_places();
        let mut placing = Placing::default();
        // by name and places: the number of its group, from 1
        let mut numbers = vec![0u32; (COUNT + 1) << PLACES_BITS];
        for file in &self.data.files {
            let mut kinds: Vec<Contexts> = Vec::new();
            for &id in &file.inclusions {
                let htaccess = self.inclusion(id).htaccess.is_some();
                let contexts = Contexts { places: outer[id.index()], htaccess };
                if !kinds.contains(&contexts) {
                    kinds.push(contexts);
                    self.place_reading(id, contexts, &mut numbers, &mut placing);
                }
            }
        }
        placing
    }

    /// Adds the groups of one reading. `numbers`: all 0, and left so.
    fn place_reading(
        self,
        inclusion: InclusionId,
        around: Contexts,
        numbers: &mut [u32],
        placing: &mut Placing,
    ) {
        let file = &self.data.files[self.inclusion(inclusion).file as usize];
        let all = self.places_in(inclusion, around.places);
        let first = placing.groups.len();
        let mut lengths: Vec<u32> = Vec::new();
        let mut group_of: Vec<u32> = Vec::with_capacity(all.len());
        for (&name, places) in file.names.iter().zip(&all) {
            let Some(places) = *places else {
                group_of.push(0);
                continue;
            };
            let number = &mut numbers[slot(name, places)];
            if *number == 0 {
                let contexts = Contexts { places, ..around };
                placing.groups.push(Group { inclusion, name, contexts, nodes: 0..0 });
                lengths.push(0);
                *number = lengths.len() as u32;
            }
            lengths[*number as usize - 1] += 1;
            group_of.push(*number);
        }
        let mut next = placing.nodes.len() as u32;
        for (group, length) in placing.groups[first..].iter_mut().zip(&lengths) {
            numbers[slot(group.name, group.contexts.places)] = 0;
            group.nodes = next..next;
            next += length;
        }
        placing.nodes.resize(next as usize, NodeId(0));
        for (node, &number) in group_of.iter().enumerate() {
            if let Some(group) = number.checked_sub(1) {
                let nodes = &mut placing.groups[first + group as usize].nodes;
                placing.nodes[nodes.end as usize] = NodeId(node as u32);
                nodes.end += 1;
            }
        }
    }

    /// The places of the outermost directives of every reading.
    fn outer_places(self) -> Vec<Places> {
        let mut outer: Vec<Places> = Vec::with_capacity(self.data.inclusions.len());
        for (index, inclusion) in self.data.inclusions.iter().enumerate() {
            let places = match inclusion.parent {
                None => self.top_places(InclusionId(index as u32)),
                Some((above, id)) => {
                    let include = self.directive(above, id);
                    let around: Vec<NodeId> = include.tree().ancestors(id).take(DEEPEST).collect();
                    let section = |&id: &NodeId| self.directive(above, id).known();
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
                    let skipped = is_conditional(file.names[section.index()])
                        && self.directive(id, section).truth() == Some(Truth::No);
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

/// How many bits [`Places`] has.
const PLACES_BITS: u32 = 4;

/// Where a name in these places is counted; names that the tables lack are all one.
fn slot(name: u16, places: Places) -> usize {
    let name = if name == UNKNOWN { COUNT } else { usize::from(name) };
    (name << PLACES_BITS) | usize::from(places.0)
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
