//! How many pairs of a directive and a place are looked at: few directives bear on many places, or many on few, and then all of
//! them are. Where many bear on many the work stays in proportion to the configuration.

use crate::policy::apache::Policy;
use std::cell::Cell;

/// Pairs for each section of a configuration, and for a small one.
const EACH: usize = 1;
const LEAST: usize = 512;

/// What one rule may still try in one configuration.
pub(super) struct Allowance {
    left: Cell<usize>,
}

impl Allowance {
    /// That of a rule for `policy`.
    pub(super) fn new(policy: &Policy<'_>) -> Self {
        Self { left: Cell::new(LEAST + EACH * policy.places().count()) }
    }

    /// Of `all`, the first `few` in any case, and as many of the rest as are still allowed.
    pub(super) fn of<'i, T>(
        &'i self,
        few: usize,
        all: impl Iterator<Item = T> + 'i,
    ) -> impl Iterator<Item = T> + 'i {
        let mut number = 0;
        all.take_while(move |_| {
            number += 1;
            number <= few || self.spend()
        })
    }

    fn spend(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
    }
}
