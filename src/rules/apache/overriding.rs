//! Sections whose Require takes the place of another's: httpd merges folders first, then files, then paths of URLs, then
//! conditions, and the last one with a Require counts.

use super::evidence::evidence;
use super::login::asks_for_user;
use super::reading::given;
use crate::config::is_leftover;
use crate::diagnostic::{Findings, Severity};
use crate::policy::apache::{Kind, Leaf, Place, Policy};
use crate::rules::Rule;

/// A section that requires a user, and one that counts in its place.
pub(super) struct Overridden<'a, 'p> {
    /// The section whose Require does not count.
    pub(super) asks: Place<'a, 'p>,
    /// Its Require.
    pub(super) user: &'a Leaf<'p>,
    /// The section that counts.
    pub(super) by: Place<'a, 'p>,
    /// A Require of that section.
    pub(super) granted: &'a Leaf<'p>,
    /// Whether everybody is let in; otherwise some are, without a login.
    pub(super) open: bool,
}

/// Where a section of the kind `wanted`, which asks for no login, counts in place of an earlier one that does: at most one
/// for each of the former.
pub(super) fn overridden<'a, 'p>(
    policy: &'a Policy<'p>,
    wanted: &[Kind],
) -> Vec<Overridden<'a, 'p>> {
    let mut all: Vec<Overridden<'a, 'p>> = Vec::new();
    if !policy.places().any(|place| wanted.contains(&place.kind()) && grants(place)) {
        return all;
    }
    for asks in policy.places() {
        if asks.kind() == Kind::Server || !asks_for_user(&asks.section().requires) {
            continue;
        }
        let mine: Vec<_> = asks.own_requirements().collect();
        let Some(user) = mine.into_iter().find(|leaf| leaf.needs_user()) else { continue };
        let Some(by) = asks.decisive() else { continue };
        if by.id == asks.id || !wanted.contains(&by.kind()) || !grants(by) || !follows(by, asks) {
            continue;
        }
        let is_template = user.directive.is_in_template();
        if is_template || all.iter().rev().take(64).any(|known| known.by.id == by.id) {
            continue;
        }
        let Some(granted) = by.own_requirements().next() else { continue };
        // that a backup is read is a mistake of its own
        if is_in_leftover(by) {
            continue;
        }
        let open = asks.lets_strangers_in();
        if !open && !asks.for_strangers().is_status(403) {
            continue;
        }
        all.push(Overridden { asks, user, by, granted, open });
    }
    all
}

/// Tells of every section of the kind `wanted` that counts in place of a login. `why`: what makes it count; `help`: what to
/// write instead.
pub(super) fn tell(
    policy: &Policy<'_>,
    wanted: Kind,
    rule: &Rule,
    (why, help): (&str, &'static str),
    findings: &mut Findings,
) {
    for found in overridden(policy, &[wanted]) {
        let Some(head) = found.by.section().directive else { continue };
        let finding = rule.at(head.location()).label("counts in the end");
        let finding = if found.open {
            finding.message(format!("{why} the login: everybody is let in"))
        } else {
            finding
                .severity(Severity::Warning)
                .message(format!("{why} the login: no password is asked for"))
        };
        let finding = finding
            .related(found.user.directive.location(), "does not count")
            .related(found.granted.directive.location(), "counts in its place")
            .help(help);
        findings.push_with(given(finding, head), || {
            evidence(policy, &found.asks.request()?).filter(|it| found.open && it.answer.is_none())
        });
    }
}

/// The section above a place whose Require would count if the place had none.
pub(super) fn above<'a, 'p>(place: Place<'a, 'p>) -> Option<Place<'a, 'p>> {
    let before = place.merged()?.sections().take_while(|section| *section != place.id);
    let policy = place.policy;
    let above = before.filter(|section| !policy.get(*section).requires.is_empty()).last();
    above.map(|section| policy.at(section))
}

/// Whether a section lets in some who have not logged in, and asks nobody for a login.
pub(super) fn grants(place: Place<'_, '_>) -> bool {
    let section = place.section();
    !section.requires.is_empty()
        && !asks_for_user(&section.requires)
        && place.own_requirements().all(|leaf| !leaf.negated && !denies(leaf) && !leaf.asks("expr"))
}

/// Whether a section lets everybody in.
pub(super) fn grants_all(place: Place<'_, '_>) -> bool {
    grants(place) && place.own_requirements().any(|leaf| leaf.asks("all"))
}

fn denies(leaf: &Leaf<'_>) -> bool {
    leaf.asks("all") && leaf.words().next().is_none_or(|word| !word.is_ignoring_case(b"granted"))
}

/// Whether `later` is merged after `earlier` where the latter is about.
pub(super) fn follows(later: Place<'_, '_>, earlier: Place<'_, '_>) -> bool {
    let Some(merged) = earlier.merged() else { return false };
    let mut rest = merged.sections().skip_while(|section| *section != earlier.id).skip(1);
    rest.any(|section| section == later.id)
}

/// Whether a section stands in a backup or the like.
fn is_in_leftover(place: Place<'_, '_>) -> bool {
    let name = place.section().directive.and_then(|head| head.source().path.file_name()?.to_str());
    name.is_some_and(is_leftover)
}
