//! `proxy_hide_header Set-Cookie`: the session that a login begins never reaches the client.

use crate::config::nginx::Directive;
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::policy::nginx::{Passing, Policy, Proof};
use std::collections::HashSet;

rule! {
    "nginx/set-cookie-hidden" {
        reads: NginxPolicy, severity: Warning, effect: AuthLost, since: "0.1.0",
        summary: "Set-Cookie of what is behind is hidden, and a login there never lasts",
    }
}

/// Words in a path that belong to a login.
const LOGINS: [&str; 7] = ["login", "logon", "signin", "sign-in", "auth", "session", "sso"];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for passing in policy.passings() {
        let hidden = passing.place.list(&[passing.module.hide]).directives;
        let is_cookie = |line: &Directive<'_>| {
            line.arg(0).is_some_and(|name| name.is_ignoring_case(b"set-cookie"))
        };
        let Some(line) = hidden.into_iter().find(is_cookie) else { continue };
        if !line.is_certainly_here()
            || passing.cache().is_some()
            || passing.place.is_internal()
            || passing.place.is_for_static_files()
        {
            continue;
        }
        let asked = passing.asked_behind(Proof::Cookie);
        let is_login = is_login(passing);
        if !told.insert(line.words_location()) {
            continue;
        }
        let mut finding = RULE
            .at(line.words_location())
            .message("Set-Cookie of what is behind is hidden: the client never gets its session, and is asked to log in again and again")
            .label("hides the cookie of the session")
            .related(passing.pass.words_location(), "the answers of this")
            .help("remove the line; hide Set-Cookie only for files that are the same for everybody")
            .fix(Safety::Unsafe, "remove the line", vec![Edit::delete(line.lines_location())]);
        if let Some(asked) = asked {
            finding = finding.related(asked.words_location(), "wants a cookie");
        } else if !is_login {
            finding = finding.severity(Severity::Info);
        }
        findings.push(finding);
    }
}

fn is_login(passing: Passing<'_, '_>) -> bool {
    let path = passing.place.matched_path().unwrap_or_default();
    let path = String::from_utf8_lossy(path).to_ascii_lowercase();
    LOGINS.iter().any(|word| path.contains(word))
}
