//! A registry that asks for a login only when something is pushed: clients decide by `GET /v2/` whether to log in at all.

use super::evidence::evidence;
use crate::diagnostic::Findings;
use crate::policy::nginx::{Basic, Kind, Matcher, Place, Policy};

rule! {
    "nginx/registry-login-not-asked" {
        reads: NginxPolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "a container registry asks nobody for a login at GET /v2/, so that clients never log in and pushes get 401",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for limit in policy.places().filter(|place| place.kind() == Kind::LimitExcept) {
        let (Some(location), Basic::On(realm, _)) = (limit.parent(), limit.basic()) else {
            continue;
        };
        let Some(directive) = limit.directive() else { continue };
        let reads_are_open = directive.args().any(|method| method.is_ignoring_case(b"GET"));
        if !reads_are_open
            || !is_registry(location)
            || !location.is_certainly_open()
            || limit.is_open()
        {
            continue;
        }
        let finding = RULE
            .at(directive.words_location())
            .message(
                "GET /v2/ asks for no login: clients of a registry log in only where that answers 401, so every push is answered 401",
            )
            .label("exempts the request that clients decide by")
            .related(realm.words_location(), "asked for by pushes only")
            .depends_on("whether clients send a login that nobody asked for, which docker does not")
            .help("ask for the login at /v2/ itself: a 401 there is what clients wait for");
        findings.push_with(finding, || {
            location.request_for(b"/v2/").and_then(|mut request| {
                request.method = b"PUT".to_vec();
                request.target = b"/v2/app/manifests/latest".to_vec();
                evidence(policy, &request)
            })
        });
    }
}

/// Whether the location takes the API of a registry.
fn is_registry(location: Place<'_, '_>) -> bool {
    let matcher = location.policy.get(location.block).matcher.as_ref();
    let path = matcher.and_then(Matcher::path);
    path.is_some_and(|path| path == b"/v2/" || path == b"/v2")
}
