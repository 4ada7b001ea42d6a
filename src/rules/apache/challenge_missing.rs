//! `Redirect 401` and `RewriteRule … [R=401]` answer 401 without a challenge: no browser asks for a password.

use super::evidence;
use super::headers::line;
use super::reading::{given, read};
use super::rewrites::rewrites;
use crate::config::apache::Directive;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::Policy;

rule! {
    "apache/challenge-missing" {
        reads: ApachePolicy, severity: Warning, effect: AuthLost, since: "0.1.0",
        summary: "Redirect or RewriteRule answers 401 without a challenge: browsers never ask for a password",
    }
}

const REDIRECTS: [Id; 2] = [id("Redirect"), id("RedirectMatch")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    // a challenge may be written by hand
    let mut written = None;
    let mut is_written = || {
        *written.get_or_insert_with(|| {
            read(&policy.site, "Header")
                .filter_map(line)
                .any(|line| line.is("WWW-Authenticate") && !line.removes())
        })
    };
    for place in policy.places() {
        for own in place.section().all(&REDIRECTS) {
            if own.directive.says(b"401") && !is_written() {
                tell(own.directive, findings, evidence::answered(place, 401));
            }
        }
        for rule in rewrites(place) {
            if rule.status() == Some(401) && !is_written() {
                tell(rule.directive, findings, None);
            }
        }
    }
}

fn tell(
    directive: Directive<'_>,
    findings: &mut Findings,
    evidence: Option<crate::diagnostic::Evidence>,
) {
    let mut finding = RULE
        .at(directive.location())
        .message("this 401 has no WWW-Authenticate header: browsers show an error and never ask for a password")
        .help("ask for a login by AuthType and Require, or answer 403 where nobody shall get in");
    finding.evidence = evidence;
    findings.push(given(finding, directive));
}
