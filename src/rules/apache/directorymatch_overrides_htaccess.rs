//! <DirectoryMatch> and <Directory ~> are merged after all plain folders and .htaccess files.

use super::evidence;
use super::overriding::overridden;
use super::reading::given;
use crate::diagnostic::{Findings, Severity};
use crate::policy::apache::{Kind, Policy};

rule! {
    "apache/directorymatch-overrides-htaccess" {
        reads: ApachePolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "a <DirectoryMatch> with a Require of its own takes the place of the login of a folder or its .htaccess",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for found in overridden(policy, &[Kind::DirectoryMatch]) {
        let Some(head) = found.by.section().directive else { continue };
        let finding = RULE.at(head.location()).label("counts in the end");
        let finding = if found.open {
            finding.message("<DirectoryMatch> is merged after all folders and .htaccess files, and its Require takes the place of the login: everybody is let in")
        } else {
            finding.severity(Severity::Warning).message("<DirectoryMatch> is merged after all folders and .htaccess files, and its Require takes the place of the login: no password is asked for")
        };
        let finding = finding
            .related(found.user.directive.location(), "does not count")
            .related(found.granted.directive.location(), "counts in its place")
            .help("write a plain <Directory> for it, or remove its Require");
        findings.push_with(given(finding, head), || {
            evidence::evidence(policy, &found.asks.request()?)
                .filter(|it| found.open && it.answer.is_none())
        });
    }
}
