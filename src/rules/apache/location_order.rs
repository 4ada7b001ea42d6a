//! Sections for paths of URLs are merged in the order of the file: an exception must come behind its rule.

use super::evidence;
use super::overriding::{follows, grants_all};
use super::reading::given;
use crate::diagnostic::Findings;
use crate::policy::apache::{Kind, Matcher, Policy};
use std::collections::HashSet;

rule! {
    "apache/location-order" {
        reads: ApachePolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "a <Location> that is an exception stands before the one that asks for the login, and does not count",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for place in policy.places() {
        if place.kind() != Kind::Location || !grants_all(place) {
            continue;
        }
        let Some(by) = place.decisive().filter(|by| by.kind() == Kind::Location) else { continue };
        let (Some(head), Some(path)) = (place.section().directive, place.path()) else { continue };
        let Some(later) = by.section().directive else { continue };
        let Matcher::Literal(outer) = &by.section().matcher else { continue };
        let outer = outer.strip_suffix(b"/").unwrap_or(outer);
        let inner = path.strip_suffix(b"/").unwrap_or(&path);
        let deeper = inner.len() > outer.len() && inner.starts_with(outer);
        if !deeper || head.is_in_template() || !follows(by, place) || !place.asks_for_login() {
            continue;
        }
        if !told.insert(by.id) {
            continue;
        }
        let finding = RULE
            .at(later.location())
            .label("counts in the end")
            .message("a <Location> above is an exception from this one, and this one comes later: its login counts there, too, and the answer is still 401")
            .related(head.location(), "does not count")
            .help("move this section before the exception: the order of the file decides, not the length of the path");
        findings.push_with(given(finding, head), || evidence::answered(place, 401));
    }
}
