//! The servers that another server of the same configuration hands requests on to.

use crate::policy::nginx::{BlockId, Neighbours, Passing, Policy};
use std::collections::HashMap;

/// The places that lead to each server.
pub(super) fn fronts<'r, 'p>(
    policy: &'r Policy<'p>,
    neighbours: &Neighbours<'r, 'p>,
) -> HashMap<BlockId, Vec<Passing<'r, 'p>>> {
    let mut fronts = HashMap::<BlockId, Vec<Passing<'r, 'p>>>::new();
    for passing in policy.passings() {
        let own = passing.place.server().map(|server| server.block);
        for behind in neighbours.behind(passing) {
            if Some(behind.block) != own {
                fronts.entry(behind.block).or_default().push(passing);
            }
        }
    }
    fronts
}
