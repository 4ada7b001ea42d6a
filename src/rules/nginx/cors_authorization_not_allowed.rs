//! `Access-Control-Allow-Headers` without Authorization: the browser does not send it, whatever else is allowed.

use super::cors::{Cors, is_about_options};
use crate::config::nginx::{Directive, Value};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::grammar::nginx::id;
use crate::policy::nginx::{Place, Policy, Proof};
use std::collections::HashSet;

rule! {
    "nginx/cors-authorization-not-allowed" {
        reads: NginxPolicy, severity: Warning, effect: AuthLost, since: "0.1.0",
        summary: "Access-Control-Allow-Headers does not name Authorization, and browsers never send it",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for place in policy.places() {
        // the answer to the preflight: of an `if` for OPTIONS, or of the location where nothing else answers it
        if !is_about_options(place) || !answers(place) {
            continue;
        }
        let cors = Cors::of(place);
        let (Some(origin), false) = (cors.origin, cors.is_open) else { continue };
        let Some(location) = place.parent() else { continue };
        let Some(needed) = needs_authorization(location) else { continue };
        let line = cors.headers.unwrap_or(origin);
        let value = cors.headers.and_then(|line| line.arg(1));
        let known = value.map(Value::known);
        let allows = match known {
            Some(Some(text)) => text.contains(&b'$') || names_authorization(&text),
            Some(None) => true,
            None => false,
        };
        if allows || !told.insert(line.words_location()) {
            continue;
        }
        let star = value.is_some_and(|value| value.is(b"*"));
        let message = if star {
            "`*` in Access-Control-Allow-Headers does not cover Authorization: browsers refuse to send it, and the request fails"
        } else {
            "the answer to the preflight does not allow Authorization: browsers refuse to send it, and the request fails"
        };
        let mut finding = RULE
            .at(line.words_location())
            .message(message)
            .label("does not name Authorization")
            .related(needed.words_location(), "needs it")
            .help("name it: `add_header Access-Control-Allow-Headers \"Authorization, Content-Type\";`");
        if let Some(value) = value {
            let text = String::from_utf8_lossy(&value.decoded()).into_owned();
            let with = if text.trim().is_empty() {
                "\"Authorization\"".to_owned()
            } else {
                format!("\"{text}, Authorization\"")
            };
            if !text.contains(['"', '\\']) {
                finding = finding.fix(
                    Safety::Safe,
                    "name Authorization",
                    vec![Edit::replace(value.location(), with)],
                );
            }
        }
        findings.push(finding);
    }
}

/// Whether the block answers by itself.
fn answers(place: Place<'_, '_>) -> bool {
    place.own(id!("return")).is_some_and(|answer| {
        answer.arg(0).is_some_and(|code| code.known().is_some_and(|code| code.starts_with(b"2")))
    })
}

fn names_authorization(list: &[u8]) -> bool {
    list.split(|&byte| byte == b',')
        .any(|name| name.trim_ascii().eq_ignore_ascii_case(b"authorization"))
}

/// What shows that requests to a location carry Authorization.
fn needs_authorization<'p>(location: Place<'_, 'p>) -> Option<Directive<'p>> {
    let login = location.login().filter(|login| !login.is("auth_request"));
    login.or_else(|| {
        location.passing().and_then(|passing| passing.asked_behind(Proof::Authorization))
    })
}
