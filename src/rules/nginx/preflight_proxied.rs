//! CORS headers are added, but the preflight goes on to a server that asks it for a login.

use super::cors::{Cors, preflight};
use super::evidence::evidence;
use crate::config::nginx::Directive;
use crate::diagnostic::Findings;
use crate::policy::nginx::{Policy, Proof};
use std::collections::HashSet;

rule! {
    "nginx/preflight-proxied" {
        reads: NginxPolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "headers for other origins are added, but the preflight goes on to a server that refuses it",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for passing in policy.passings().take(10_000) {
        let place = passing.place;
        let cors = Cors::of(place);
        let Some(shown) = cors.expects_preflights(place) else { continue };
        let (Some(origin), true) = (cors.origin, place.asks_nobody() && !place.is_open()) else {
            continue;
        };
        let Some(asked) = passing.asked_behind(Proof::Authorization) else { continue };
        if told.len() >= 200 || !told.insert(place.directive().map(Directive::words_location)) {
            continue;
        }
        let Some(request) = preflight(place, origin) else { continue };
        let Some(evidence) = evidence(policy, &request) else { continue };
        if !matches!(evidence.answer, Some(401 | 403 | 405)) {
            continue;
        }
        let finding = RULE
            .at(passing.pass.words_location())
            .message("the preflight of browsers is handed on, and refused there: it carries no credentials, and the request itself is never sent")
            .label("hands OPTIONS on as well")
            .related(shown.words_location(), "meant for browsers of another origin")
            .related(asked.words_location(), "asks for a login")
            .help("answer OPTIONS here: `if ($request_method = OPTIONS) { return 204; }` in the location");
        findings.push_with(finding, || Some(evidence));
    }
}
