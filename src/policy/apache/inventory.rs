//! Which directives stand in sections at all: most questions are about one that nobody uses.

use super::policy::Policy;
use crate::grammar::apache::{self, Id};

/// The directives of a configuration, each once.
#[derive(Debug)]
pub(super) struct Inventory {
    stands: Vec<bool>,
    /// The same as a list.
    list: Vec<Id>,
    /// Whether a section has an include of which not everything is known.
    pub(super) has_open: bool,
    /// Whether a section has a directive that the tables lack.
    pub(super) has_strange: bool,
}

impl Default for Inventory {
    fn default() -> Self {
        Self {
            stands: vec![false; apache::COUNT],
            list: Vec::new(),
            has_open: false,
            has_strange: false,
        }
    }
}

impl Inventory {
    /// Notes one that stands somewhere.
    pub(super) fn add(&mut self, id: Id) {
        if !std::mem::replace(&mut self.stands[id.index()], true) {
            self.list.push(id);
        }
    }

    /// Whether one of `ids` stands in a section.
    pub(super) fn has(&self, ids: &[Id]) -> bool {
        ids.iter().any(|id| self.stands[id.index()])
    }

    /// Whether no section can have one of `ids`, not even by what is included.
    pub(super) fn lacks(&self, ids: &[Id]) -> bool {
        !self.has_open && !self.has(ids)
    }
}

impl Policy<'_> {
    /// The directives that stand in sections, each once; Require and sections left out.
    pub fn stands(&self) -> impl Iterator<Item = Id> + '_ {
        self.inventory.list.iter().copied()
    }

    /// Whether a section has a directive that the tables lack.
    #[must_use]
    pub fn has_strange(&self) -> bool {
        self.inventory.has_strange
    }
}
