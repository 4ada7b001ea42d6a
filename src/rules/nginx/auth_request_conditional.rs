//! The check is sent the client's `If-None-Match`: a service that answers 304 to it makes a 500.

use crate::diagnostic::Findings;
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::Policy;
use std::collections::HashSet;

rule! {
    "nginx/auth-request-conditional" {
        reads: NginxPolicy, severity: Info, effect: ServerError, since: "0.1.0",
        summary: "conditional headers reach the check, and a 304 of the service becomes a 500",
    }
}

const SET: Id = id!("proxy_set_header");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for guard in policy.guards().iter().filter(|guard| guard.is_only_asked()) {
        let target = guard.target;
        let (Some(pass), Some(location)) = (target.handler(), target.directive()) else { continue };
        let passes = target.effective(id!("proxy_pass_request_headers")).set();
        let is_cached = target.effective(id!("proxy_cache")).set().is_some();
        let passes_none =
            passes.and_then(|passes| passes.arg(0)).is_some_and(|passes| passes.is(b"off"));
        if !pass.is("proxy_pass")
            || passes_none
            || is_cached
            || target.sets(SET, b"if-none-match") != Some(false)
            || !told.insert((location.words_location().file, location.id))
        {
            continue;
        }
        findings.push(
            RULE.at(location.words_location())
                .message("the client's If-None-Match and If-Modified-Since are sent to the check: a service that answers 304 to them is answered with 500 by auth_request")
                .related(guard.directive.words_location(), "understands 2xx, 401 and 403 only")
                .help("add `proxy_set_header If-None-Match \"\";` and `proxy_set_header If-Modified-Since \"\";` where the service knows ETags"),
        );
    }
}
