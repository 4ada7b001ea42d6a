//! A Cookie header of the configuration's own: the client's cookies, and with them its session, are lost.

use crate::config::nginx::{Value, variables};
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::grammar::nginx::id;
use crate::policy::nginx::{Passing, Policy, Proof};
use std::collections::HashSet;

rule! {
    "nginx/cookie-header-replaced" {
        reads: NginxPolicy, severity: Warning, effect: AuthLost, since: "0.1.0",
        summary: "the Cookie header is set without the client's cookies, and sessions are lost",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for passing in policy.passings() {
        let Some(line) = passing.sets(b"cookie") else { continue };
        let Some(text) = line.arg(1).and_then(Value::known) else { continue };
        if variables(&text).next().is_some()
            || !line.is_certainly_here()
            || passing.place.is_internal() && !passing.place.is_auth_location()
            || passing.cache().is_some()
            || passing.place.is_for_static_files()
        {
            continue;
        }
        let asked = passing.asked_behind(Proof::Cookie);
        let session = keeps_sessions(passing);
        if !told.insert(line.words_location()) {
            continue;
        }
        let mut finding = RULE
            .at(line.words_location())
            .message("the cookies of the client are dropped here: a session begins anew with every request, and a login never lasts")
            .label("replaces the cookies of the client")
            .related(passing.pass.words_location(), "handed on without them")
            .help("remove the line, or keep the client's cookies: `$http_cookie` in the value")
            .fix(Safety::Unsafe, "remove the line", vec![Edit::delete(line.lines_location())]);
        if let Some(place) = asked.or(session) {
            finding = finding.related(place.words_location(), "shows that cookies matter");
        } else {
            finding = finding.severity(Severity::Info);
        }
        findings.push(finding);
    }
}

/// A directive about the cookies of the answers, which shows that there are sessions.
fn keeps_sessions<'p>(passing: Passing<'_, 'p>) -> Option<crate::config::nginx::Directive<'p>> {
    let ids = [id!("proxy_cookie_path"), id!("proxy_cookie_domain"), id!("proxy_cookie_flags")];
    let mut lines = ids.iter().flat_map(|&id| passing.place.list(&[id]).directives);
    lines.find(|line| !line.arg(0).is_some_and(|value| value.is(b"off")))
}
