//! How many pairs of a directive and a place are looked at: few directives bear on many places, or many on few, and then all of
//! them are. Where many bear on many the work stays in proportion to the configuration, and the report says that not all were.

use crate::diagnostic::{CutShort, Findings};
use crate::policy::answer::Prediction;
use crate::policy::apache::Policy;
use crate::policy::world::MOST_WORLDS;
use std::cell::Cell;

/// Pairs for each section of a configuration, and for a small one.
const EACH: usize = 1;
const LEAST: usize = 512;

/// What one rule may still try in one configuration.
pub(super) struct Allowance {
    left: Cell<usize>,
    cut_short: CutShort,
}

impl Allowance {
    /// That of the rule that runs for `policy`.
    pub(super) fn new(policy: &Policy<'_>, findings: &Findings) -> Self {
        let left = Cell::new(LEAST + EACH * policy.places().count());
        Self { left, cut_short: findings.cut_short() }
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

    /// Counts a prediction that had more worlds to look at than there is time for as so many pairs.
    pub(super) fn charge(&self, prediction: &Prediction) {
        if !prediction.complete {
            self.left.set(self.left.get().saturating_sub(MOST_WORLDS));
        }
    }

    fn spend(&self) -> bool {
        let left = self.left.get().checked_sub(1);
        match left {
            Some(left) => self.left.set(left),
            None => self.cut_short.set(),
        }
        left.is_some()
    }
}
