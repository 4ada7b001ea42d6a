//! A rule that only sets HTTP_AUTHORIZATION and has the flag L: the rules behind it never run.

use super::reading::{follows, given};
use super::rewrites::{Rewrite, rewrites};
use crate::diagnostic::{Effect, Findings, Safety};
use crate::policy::apache::Policy;

rule! {
    "apache/authorization-rule-with-l" {
        reads: ApachePolicy, severity: Error, effect: AuthLost, since: "0.1.0",
        summary: "the rule that sets HTTP_AUTHORIZATION has the flag L, and no rule behind it ever runs",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let rules = rewrites(place);
        for (index, rule) in rules.iter().enumerate() {
            let is_it = rule.sets_authorization() && rule.keeps_path() && rule.fits_all();
            if !is_it || !rule.stops() || rule.flag("c", "chain").is_some() {
                continue;
            }
            let Some(whose) = whose(rule) else { continue };
            let behind = &rules[index + 1..];
            let Some(lost) = behind
                .iter()
                .find(|other| !other.keeps_path() && follows(rule.directive, other.directive))
            else {
                continue;
            };
            let message = format!(
                "the flag `L` ends the rules here for {whose}: the rules behind this one never run, and what they lead to is answered 404"
            );
            let mut finding = RULE
                .at(rule.directive.location())
                .message(message)
                .effect(Effect::AuthLost)
                .related(lost.directive.location(), "is never reached")
                .help("leave `L` out: the rule changes no path, so there is nothing to stop");
            if let Some(edit) = rule.without_flag(&["l", "last", "end"]) {
                finding = finding.fix(Safety::Unsafe, "leave the flag L out", vec![edit]);
            }
            findings.push(given(finding, rule.directive));
        }
    }
}

/// The requests that the conditions of a rule leave; `None` where they are not about the header alone.
fn whose(rule: &Rewrite<'_>) -> Option<&'static str> {
    let mut whose = "every request";
    for (test, pattern) in rule.tests() {
        let test = test.to_ascii_lowercase();
        let is_header = test == b"%{http:authorization}" || test == b"%{http_authorization}";
        if !is_header || pattern.starts_with(b"!") || pattern == b"^$" {
            return None;
        }
        whose = "every request with an Authorization header";
    }
    Some(whose)
}
