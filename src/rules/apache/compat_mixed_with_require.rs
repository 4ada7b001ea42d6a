//! A Deny of the old kind holds beside every Require: both must let a client in.

use super::compat::{COMPAT, in_effect};
use super::evidence;
use super::reading::given;
use crate::diagnostic::Findings;
use crate::policy::apache::{Leaf, Policy};
use std::collections::HashSet;

rule! {
    "apache/compat-mixed-with-require" {
        reads: ApachePolicy, severity: Error, effect: Unwanted403, since: "0.1.0",
        summary: "an Order or Deny that nobody passes holds beside a Require that lets people in: every request is answered 403",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let any = policy.places().any(|place| place.all(&COMPAT).next().is_some());
    let mut told = HashSet::new();
    for place in policy.places().filter(|_| any) {
        let mine: Vec<_> = place.own_requirements().collect();
        let Some(lets_in) = mine.iter().find(|leaf| lets_in(leaf)) else { continue };
        if lets_in.directive.is_in_template() {
            continue;
        }
        let Some((section, record)) = in_effect(place) else { continue };
        let Some(refuses) = record.refuses_all().filter(|_| record.satisfy_any.is_none()) else {
            continue;
        };
        let is_own = section == place.id;
        // the section that lets in is merged first: then the other one closes it on purpose
        if !is_own && !comes_before(place, section) || !place.for_strangers().is_status(403) {
            continue;
        }
        if !told.insert(refuses.location()) {
            continue;
        }
        let message = "nobody passes this, and a Require beside it cannot let anybody in: every request is answered 403, with the right password, too";
        let finding = RULE
            .at(refuses.location())
            .label("refuses everybody")
            .message(message)
            .related(lets_in.directive.location(), "does not lift it")
            .help(if is_own {
                "remove Order, Allow and Deny: Require says who is let in"
            } else {
                "write `Require all denied` for it: a Require below takes its place"
            });
        findings.push_with(given(finding, refuses), || evidence::answered(place, 403));
    }
}

/// Whether somebody meets it.
fn lets_in(leaf: &Leaf<'_>) -> bool {
    let denied = leaf.asks("all") && leaf.words().any(|word| word.is_ignoring_case(b"denied"));
    !leaf.negated && !denied
}

/// Whether `section` is merged before `place`.
fn comes_before(
    place: crate::policy::apache::Place<'_, '_>,
    section: crate::policy::apache::SectionId,
) -> bool {
    let Some(merged) = place.merged() else { return false };
    merged.sections().take_while(|id| *id != place.id).any(|id| id == section)
}
