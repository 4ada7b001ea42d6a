//! A <Location> is merged after every folder and file: its Require takes the place of theirs.

use super::evidence;
use super::overriding::overridden;
use super::reading::given;
use crate::diagnostic::{Findings, Severity};
use crate::policy::apache::{Kind, Policy};

rule! {
    "apache/location-overrides-directory-auth" {
        reads: ApachePolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "a <Location> with a Require of its own takes the place of the login that an earlier section asks for",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for found in overridden(policy, &[Kind::Location]) {
        let Some(head) = found.by.section().directive else { continue };
        let finding = RULE.at(head.location()).label("counts in the end");
        let finding = if found.open {
            finding.message("this <Location> is merged later, and its Require takes the place of the login: everybody is let in")
        } else {
            finding.severity(Severity::Warning).message("this <Location> is merged later, and its Require takes the place of the login: no password is asked for")
        };
        let finding = finding
            .related(found.user.directive.location(), "does not count")
            .related(found.granted.directive.location(), "counts in its place")
            .help("remove its Require, or add the user to it; `AuthMerging And` in it keeps both");
        findings.push_with(given(finding, head), || {
            evidence::evidence(policy, &found.asks.request()?)
                .filter(|it| found.open && it.answer.is_none())
        });
    }
}
