//! `auth_request` takes a path as it is written: no variable, no query, no named location, no other host.

use crate::config::nginx::{Site, shown};
use crate::diagnostic::Findings;

rule! {
    "nginx/auth-request-target-not-uri" {
        reads: Nginx, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "auth_request names something else than a path, and the check goes nowhere",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for directive in site.directives("auth_request") {
        let Some(value) = directive.arg(0) else { continue };
        let Some(text) = value.known() else { continue };
        let Some((why, help)) = objection(&text) else { continue };
        // a query may hold a token, an address a password
        let path = text.split(|&byte| byte == b'?').next().unwrap_or_default();
        let path = if path.contains(&b':') { "it".into() } else { shown(path) };
        findings.push(
            RULE.at(value.location())
                .message(format!(
                    "{why}: auth_request asks for {path} letter by letter, and a path that no location serves turns every request into a 500"
                ))
                .help(help),
        );
    }
}

/// Why the argument is no path, and what to write.
fn objection(text: &[u8]) -> Option<(&'static str, &'static str)> {
    let location = "write the path of a location, and let that location's proxy_pass do the rest";
    if text == b"off" {
        None
    } else if text.starts_with(b"@") {
        Some((
            "a named location cannot be asked",
            "give the location a path and `internal;`, and write that path here",
        ))
    } else if text.starts_with(b"http://") || text.starts_with(b"https://") {
        Some(("another server cannot be asked directly", location))
    } else if text.contains(&b'$') {
        Some(("variables are not evaluated here", location))
    } else if text.contains(&b'?') {
        Some((
            "a query is not split off here",
            "write the path alone, and the query in the proxy_pass of its location",
        ))
    } else if text.starts_with(b"/") {
        None
    } else {
        Some(("the path lacks its slash", "write the path from its first slash on"))
    }
}
