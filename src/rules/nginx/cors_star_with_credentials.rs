//! `Access-Control-Allow-Origin: *` beside `Access-Control-Allow-Credentials: true`: browsers refuse the pair.

use super::cors::Cors;
use crate::diagnostic::Findings;
use crate::policy::nginx::Policy;
use std::collections::HashSet;

rule! {
    "nginx/cors-star-with-credentials" {
        reads: NginxPolicy, severity: Warning, effect: AuthLost, since: "0.1.0",
        summary: "any origin is allowed together with credentials, which browsers refuse",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for place in policy.places() {
        let cors = Cors::of(place);
        let (Some(origin), Some(credentials)) = (cors.origin, cors.credentials) else { continue };
        let is_pair = origin.arg(1).is_some_and(|value| value.is(b"*"))
            && credentials.arg(1).is_some_and(|value| value.is_ignoring_case(b"true"));
        if !is_pair || !told.insert(origin.words_location()) {
            continue;
        }
        findings.push(
            RULE.at(origin.words_location())
                .message("browsers refuse an answer to a request with credentials whose Access-Control-Allow-Origin is `*`: logged-in pages of other origins get nothing")
                .label("any origin")
                .related(credentials.words_location(), "with cookies and logins")
                .help("name the origins that may: a `map $http_origin $allowed_origin { https://app.example $http_origin; }` and `add_header Access-Control-Allow-Origin $allowed_origin always;`"),
        );
    }
}
