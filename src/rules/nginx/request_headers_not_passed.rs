//! `proxy_pass_request_headers off` and its like: no header of the client goes on, Authorization and Cookie included.

use super::headers::meaning;
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::grammar::nginx::id;
use crate::policy::nginx::{Passing, Policy, Proof};
use std::collections::HashSet;

rule! {
    "nginx/request-headers-not-passed" {
        reads: NginxPolicy, severity: Error, effect: AuthLost, since: "0.1.0",
        summary: "the request headers are not passed on, and nobody can log in to what is behind",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for passing in policy.passings() {
        let Some(switch) = passing.module.client_headers else { continue };
        let Some(off) = passing.place.effective(switch).set() else { continue };
        if !off.arg(0).is_some_and(|value| value.is_ignoring_case(b"off"))
            || !off.is_certainly_here()
            || sets_them_itself(passing)
        {
            continue;
        }
        let asked = passing
            .asked_behind(Proof::Authorization)
            .or_else(|| passing.asked_behind(Proof::Cookie));
        let is_auth = passing.place.is_auth_location();
        let is_meant = passes_header(passing);
        let is_certain = asked.is_some()
            || is_auth
            || is_meant
            || (passing.module.is_application() && is_for_clients(passing));
        if !told.insert(off.words_location()) {
            continue;
        }
        let behind = if is_auth { "the auth service" } else { "what is behind" };
        let mut finding = RULE
            .at(off.words_location())
            .message(format!(
                "no header of the client is passed on: {behind} gets neither Authorization nor Cookie, and a login there cannot succeed"
            ))
            .label("drops Authorization and Cookie")
            .related(passing.pass.words_location(), "handed on without them")
            .help(format!(
                "remove the line, or set what is needed: `{} {} $http_authorization;`",
                passing.module.setter,
                if passing.module.is_application() { "HTTP_AUTHORIZATION" } else { "Authorization" }
            ))
            .fix(Safety::Unsafe, "remove the line", vec![Edit::delete(off.lines_location())]);
        if let Some(asked) = asked {
            finding = finding.related(asked.words_location(), "asks for them");
        }
        findings.push(if is_certain { finding } else { finding.severity(Severity::Info) });
    }
}

/// Whether the headers that a login needs are set one by one, or an include that is not here may.
fn sets_them_itself(passing: Passing<'_, '_>) -> bool {
    passing.is_open()
        || passing.lines().any(|line| {
            let is_set = line.arg(1).is_none_or(|value| !value.is(b""));
            is_set && passing.module.header(line).is_some_and(|name| meaning(&name).is_some())
        })
}

/// Whether a `proxy_pass_header` shows that a header of the client was meant to go on.
fn passes_header(passing: Passing<'_, '_>) -> bool {
    const PASSES: [crate::grammar::nginx::Id; 4] = [
        id!("proxy_pass_header"),
        id!("fastcgi_pass_header"),
        id!("uwsgi_pass_header"),
        id!("scgi_pass_header"),
    ];
    let is_credential = |name: crate::config::nginx::Value<'_>| {
        name.is_ignoring_case(b"authorization") || name.is_ignoring_case(b"cookie")
    };
    passing.place.list(&PASSES).directives.iter().any(|line| line.arg(0).is_some_and(is_credential))
}

/// Whether clients come here for pages: no location of nginx's own, and none for a check of health.
fn is_for_clients(passing: Passing<'_, '_>) -> bool {
    let path = passing.place.path().unwrap_or_default();
    let path = String::from_utf8_lossy(&path).to_ascii_lowercase();
    !passing.place.is_internal()
        && !["status", "ping", "health", "alive", "metrics"].iter().any(|word| path.contains(word))
}
