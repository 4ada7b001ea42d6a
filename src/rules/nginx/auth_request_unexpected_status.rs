//! `auth_request` knows three kinds of answers: 2xx, 401 and 403. A redirect is none of them.

use crate::config::nginx::Directive;
use crate::diagnostic::Findings;
use crate::grammar::nginx::id;
use crate::policy::answer::Outcome;
use crate::policy::nginx::{Place, Policy, status_of};
use std::collections::HashSet;

rule! {
    "nginx/auth-request-unexpected-status" {
        reads: NginxPolicy, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "the location of the check answers with a redirect or another status, which becomes a 500",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for guard in policy.guards() {
        for place in guard.target.with_ifs() {
            for own in place.own_all(&[id!("return"), id!("rewrite")]) {
                let Some(status) = sent(own).filter(|status| stays(place, own, *status)) else {
                    continue;
                };
                if !told.insert((own.words_location().file, own.id)) {
                    continue;
                }
                findings.push(
                    RULE.at(own.words_location())
                        .message(format!(
                            "auth_request understands 2xx, 401 and 403 only: this {status} becomes a 500 for the client"
                        ))
                        .related(guard.directive.words_location(), "asks for this answer")
                        .help("answer 401 here, and lead clients to the login with `error_page 401 = …;` in the locations that are guarded"),
                );
            }
        }
    }
}

/// The status that the directive answers with, where it is one that a check may not give.
fn sent(own: Directive<'_>) -> Option<u16> {
    if own.is("rewrite") {
        let flag = own.arg(2)?;
        return if flag.is(b"permanent") { Some(301) } else { flag.is(b"redirect").then_some(302) };
    }
    let is_url = || {
        let url = own.arg(0)?.known()?;
        (own.args().len() == 1 && !url.iter().all(u8::is_ascii_digit)).then_some(302)
    };
    let status = status_of(own).or_else(is_url)?;
    (matches!(status, 300..=499) && !matches!(status, 401 | 403 | 444)).then_some(status)
}

/// Whether no `error_page` makes another answer of it.
fn stays(place: Place<'_, '_>, own: Directive<'_>, status: u16) -> bool {
    let is_text = status >= 400 && own.arg(1).is_some();
    is_text || place.answered_with(status, true).possible == [Outcome::Answered(status)]
}
