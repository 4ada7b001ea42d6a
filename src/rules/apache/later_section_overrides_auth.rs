//! Of two sections for the same folder the later one counts.

use super::evidence;
use super::overriding::overridden;
use super::reading::given;
use crate::diagnostic::{Findings, Severity};
use crate::policy::apache::{Kind, Policy};

rule! {
    "apache/later-section-overrides-auth" {
        reads: ApachePolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "a later <Directory> for the same folder takes the place of the login that the earlier one asks for",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for found in overridden(policy, &[Kind::Directory]) {
        let Some(head) = found.by.section().directive else { continue };
        let finding = RULE.at(head.location()).label("counts in the end");
        let finding = if found.open {
            finding.message("this later section for the same folder takes the place of the login: everybody is let in")
        } else {
            finding.severity(Severity::Warning).message("this later section for the same folder takes the place of the login: no password is asked for")
        };
        let finding = finding
            .related(found.user.directive.location(), "does not count")
            .related(found.granted.directive.location(), "counts in its place")
            .help("keep one of the two sections, or remove the Require of this one");
        findings.push_with(given(finding, head), || {
            evidence::evidence(policy, &found.asks.request()?)
                .filter(|it| found.open && it.answer.is_none())
        });
    }
}
