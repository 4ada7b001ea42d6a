//! `proxy_hide_header WWW-Authenticate`: a 401 without the challenge, for which no browser asks for a password.

use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::grammar::nginx::id;
use crate::policy::nginx::{Passing, Policy, Proof};
use std::collections::HashSet;

rule! {
    "nginx/www-authenticate-hidden" {
        reads: NginxPolicy, severity: Error, effect: AuthLost, since: "0.1.0",
        summary: "the challenge of what is behind is hidden, and clients never ask for a password",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for passing in policy.passings() {
        let hidden = passing.place.list(&[passing.module.hide]).directives;
        let is_challenge = |line: &crate::config::nginx::Directive<'_>| {
            line.arg(0).is_some_and(|name| name.is_ignoring_case(b"www-authenticate"))
        };
        let Some(line) = hidden.into_iter().find(is_challenge) else { continue };
        if !line.is_certainly_here() || passing.place.is_auth_location() || makes_its_own(passing) {
            continue;
        }
        let asked = passing.asked_behind(Proof::Authorization);
        if !told.insert(line.words_location()) {
            continue;
        }
        let mut finding = RULE
            .at(line.words_location())
            .message("WWW-Authenticate of what is behind is hidden: its 401 reaches clients without a challenge, and browsers never ask for a password")
            .label("hides the challenge")
            .help("remove the line; where scripts shall not make browsers ask, let what is behind answer them with another scheme than Basic");
        if let Some(asked) = asked {
            finding = finding.related(asked.words_location(), "this login is never asked for");
        }
        finding = finding.related(passing.pass.words_location(), "the answers of this").fix(
            Safety::Safe,
            "remove the line",
            vec![Edit::delete(line.lines_location())],
        );
        findings.push(if asked.is_some() { finding } else { finding.severity(Severity::Info) });
    }
}

/// Whether nginx adds a challenge itself, or answers the 401 in its own way.
fn makes_its_own(passing: Passing<'_, '_>) -> bool {
    let headers = passing.place.list(&[id!("add_header"), id!("more_set_headers")]);
    let pages = passing.place.list(&[id!("error_page")]);
    let adds = headers.directives.iter().any(|line| {
        line.arg(0).is_none_or(|name| {
            name.known()
                .is_none_or(|name| name.to_ascii_lowercase().starts_with(b"www-authenticate"))
        })
    });
    let answers = pages.directives.iter().any(|page| page.args().any(|code| code.is(b"401")));
    adds || answers || headers.open.is_some() || pages.open.is_some()
}
