//! The path of `auth_request` is asked inside of the server: without a location of its own it is a file that is not there,
//! or the application that it is to guard.

use crate::config::nginx::{Value, shown};
use crate::diagnostic::{Effect, Findings, Severity};
use crate::policy::answer::Outcome;
use crate::policy::nginx::{Guard, Kind, Matcher, Policy};
use std::collections::HashSet;

rule! {
    "nginx/auth-request-target-missing" {
        reads: NginxPolicy, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "no location serves the path of auth_request: every request becomes a 500, or passes",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for guard in policy.guards() {
        // what is no path at all is another mistake
        if !guard.uri.starts_with(b"/") || guard.uri.iter().any(|byte| b"?$".contains(byte)) {
            continue;
        }
        let place =
            guard.directive.arg(0).map_or(guard.directive.words_location(), Value::location);
        let uri = shown(&guard.uri);
        let finding = if asks_for_a_file(&guard) {
            RULE.at(place).message(format!(
                "no location answers for {uri}: nginx looks for a file of that name, and the 404 becomes a 500 for every request"
            ))
        } else if asks_what_it_guards(&guard) {
            RULE.at(place)
                .severity(Severity::Warning)
                .effect(Effect::NotEnforced)
                .message(format!(
                    "{uri} has no location of its own: the application behind the check is asked itself, and lets everybody in who gets any page for that path"
                ))
        } else {
            continue;
        };
        if !told.insert(guard.directive.id) {
            continue;
        }
        let finding = match guard.target.directive() {
            Some(block) => finding.related(block.words_location(), "the subrequest comes here"),
            None => finding,
        };
        findings.push(finding.help(format!(
            "add `location = {} {{ internal; proxy_pass …; }}` that leads to the service that checks logins",
            String::from_utf8_lossy(&guard.uri)
        )));
    }
}

/// Whether the subrequest can only end at a file: a 404, which no `error_page` makes an answer of the check.
fn asks_for_a_file(guard: &Guard<'_, '_>) -> bool {
    let ends = guard.target.answered_with(404, true).outcome;
    // who writes an alias for it means a file
    guard.target.serves_files()
        && guard.target.own(crate::grammar::nginx::id!("alias")).is_none()
        && !guard.uri.ends_with(b"/")
        && matches!(ends, Some(Outcome::Answered(status)) if !matches!(status, 200..=299 | 401 | 403))
}

/// Whether the place that takes every path, and that the check guards, takes the path of the check as well.
fn asks_what_it_guards(guard: &Guard<'_, '_>) -> bool {
    let target = guard.target;
    let takes_all = target.kind() == Kind::Server
        || matches!(&policy_matcher(guard), Some(Matcher::Prefix { path, .. }) if **path == *b"/");
    takes_all
        && guard.places.iter().any(|place| place.block == target.block)
        && target.handler().is_some_and(|handler| handler.name().ends_with("_pass"))
        && !target.has_code()
        && target.sets(crate::grammar::nginx::id!("proxy_set_header"), b"content-length")
            == Some(false)
}

fn policy_matcher<'p>(guard: &Guard<'_, 'p>) -> Option<Matcher<'p>> {
    guard.target.policy.get(guard.target.block).matcher.clone()
}
