//! Where each directive stands, across all inclusions of its file, and how sure that is.

use super::load::all_contexts;
use super::{Directive, InclusionId, Site, UNKNOWN};
use crate::grammar::nginx::{Contexts, Directive as Known, Id};
use crate::syntax::{Node, NodeId, NodeKind, SyntaxErrorKind, Tree};
use std::borrow::Cow;

impl<'p> Site<'p> {
    /// Every directive whose name the tables have, with the places in which it stands, if `meant` says of what the tables
    /// know of it, its node and those places that it is looked for: once for each kind of place that its file is included
    /// into, and so mostly once. Lines of free-form blocks are not among them.
    pub fn placed(
        self,
        meant: impl Fn(&'static Known, &Node, Contexts) -> bool + Copy,
    ) -> impl Iterator<Item = (Directive<'p>, Contexts)> {
        let kinds = self.data.files.iter().flat_map(move |file| {
            let mut kinds: Vec<InclusionId> = Vec::new();
            for &id in &file.inclusions {
                let contexts = self.inclusion(id).contexts;
                if !kinds.iter().any(|&other| self.inclusion(other).contexts == contexts) {
                    kinds.push(id);
                }
            }
            kinds
        });
        kinds.flat_map(move |inclusion| {
            let around = self.inclusion(inclusion);
            let file = &self.data.files[around.file as usize];
            let tree = self.project.trees[file.file.index()].as_ref();
            let contexts = if inclusion == file.inclusion {
                Cow::Borrowed(&file.contexts)
            } else {
                Cow::Owned(all_contexts(tree, &file.names, around.contexts))
            };
            let nodes = tree.map_or(&[][..], |tree| &tree.nodes);
            nodes.iter().zip(&file.names).enumerate().filter_map(move |(index, (node, &name))| {
                let contexts = contexts[index];
                let is_meant = name != UNKNOWN
                    && meant(Id(name).directive(), node, contexts)
                    && node.kind != NodeKind::Entry;
                let id = NodeId(index as u32);
                is_meant.then_some((Directive { site: self, inclusion, id }, contexts))
            })
        })
    }

    /// Every directive whose name the tables have, each once, if `meant` says of what they know of it and its node that
    /// it is looked for. Lines of free-form blocks are not among them.
    pub fn known_directives(
        self,
        meant: impl Fn(&'static Known, &Node) -> bool + Copy,
    ) -> impl Iterator<Item = Directive<'p>> {
        self.data.files.iter().flat_map(move |file| {
            let tree = self.project.trees[file.file.index()].as_ref();
            let nodes = tree.map_or(&[][..], |tree| &tree.nodes);
            nodes.iter().zip(&file.names).enumerate().filter_map(move |(index, (node, &name))| {
                let is_meant = name != UNKNOWN
                    && meant(Id(name).directive(), node)
                    && node.kind != NodeKind::Entry;
                let id = NodeId(index as u32);
                is_meant.then_some(Directive { site: self, inclusion: file.inclusion, id })
            })
        })
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

    /// The `include` that brought its file in.
    #[must_use]
    pub fn included_by(self) -> Option<Self> {
        let (inclusion, id) = self.site.inclusion(self.inclusion).parent?;
        Some(Self { inclusion, id, ..self })
    }

    /// Whether it certainly stands in the block that it seems to: no template decides on it, and no brace of its file is
    /// missing or too many.
    #[must_use]
    pub fn is_certainly_here(self) -> bool {
        !self.is_in_template() && self.is_in_balanced_file()
    }
}

/// Whether no brace is missing or too many.
pub(super) fn is_balanced(tree: &Tree) -> bool {
    !tree.errors.iter().any(|error| {
        matches!(
            error.kind,
            SyntaxErrorKind::MissingOpenBrace
                | SyntaxErrorKind::MissingCloseBrace
                | SyntaxErrorKind::UnexpectedCloseBrace
                | SyntaxErrorKind::MissingQuote
        )
    })
}
