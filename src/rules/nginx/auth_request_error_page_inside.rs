//! An `error_page` for 401 that is in effect in the location of the check changes the check's own answer.

use crate::config::nginx::Directive;
use crate::diagnostic::{Effect, Findings};
use crate::grammar::nginx::id;
use crate::policy::answer::{Handler, Outcome};
use crate::policy::nginx::{Place, Policy, status_of};
use std::collections::HashSet;

rule! {
    "nginx/auth-request-error-page-inside" {
        reads: NginxPolicy, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "error_page changes the 401 of the check itself: a 500 for everybody, or an open door",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for guard in policy.guards() {
        let Some(location) = guard.target.directive() else { continue };
        let changed = refusals(guard.target)
            .into_iter()
            .find_map(|(place, at)| Some((place.error_page(401)?, becomes(place)?, at)));
        let Some((page, answer, at)) = changed else { continue };
        if !told.insert((location.words_location().file, location.id)) {
            continue;
        }
        let (effect, what) = match answer {
            200 => (Effect::NotEnforced, "200: everybody is let in".to_owned()),
            other => (Effect::ServerError, format!("{other}, which auth_request answers with 500")),
        };
        let help = if at.is("return") {
            "move the error_page into the locations that the check guards"
        } else {
            "write `proxy_intercept_errors off;` in this location, or move the error_page into the locations that the check guards"
        };
        findings.push(
            RULE.at(location.words_location())
                .effect(effect)
                .message(format!(
                    "error_page holds inside of the check as well: its 401 becomes {what}"
                ))
                .related(page.words_location(), "leads the 401 elsewhere")
                .related(at.words_location(), "makes it nginx's own")
                .related(guard.directive.words_location(), "asks for this answer")
                .help(help),
        );
    }
}

/// The places in which the check's location comes to a 401 of nginx's own, each with the directive that makes it one.
fn refusals<'r, 'p>(target: Place<'r, 'p>) -> Vec<(Place<'r, 'p>, Directive<'p>)> {
    let mut refusals = Vec::new();
    for place in target.with_ifs() {
        let returns = place
            .own_all(const { &[id!("return")] })
            .filter(|one| status_of(*one) == Some(401) && one.arg(1).is_none());
        refusals.extend(returns.map(|one| (place, one)));
    }
    let intercepts = match target.handler().as_ref().map(|handler| handler.name()).as_deref() {
        Some("proxy_pass") => id!("proxy_intercept_errors"),
        Some("fastcgi_pass") => id!("fastcgi_intercept_errors"),
        Some("uwsgi_pass") => id!("uwsgi_intercept_errors"),
        _ => return refusals,
    };
    let is_on = |one: &Directive<'_>| one.arg(0).is_some_and(|on| on.is_ignoring_case(b"on"));
    refusals.extend(target.effective(intercepts).set().filter(is_on).map(|one| (target, one)));
    refusals
}

/// The status that a 401 becomes in a subrequest, where it certainly is none that `auth_request` takes for a refusal.
fn becomes(place: Place<'_, '_>) -> Option<u16> {
    let statuses: Option<Vec<u16>> = place
        .answered_with(401, true)
        .possible
        .into_iter()
        .map(|outcome| match outcome {
            Outcome::Answered(401 | 403 | 0) | Outcome::Anything => None,
            Outcome::Answered(200..=299) | Outcome::Passed(Handler::File) => Some(200),
            Outcome::Answered(status) => Some(status),
            Outcome::Passed(_) => None,
        })
        .collect();
    let statuses = statuses?;
    statuses.iter().copied().find(|status| *status == 200).or(statuses.first().copied())
}
