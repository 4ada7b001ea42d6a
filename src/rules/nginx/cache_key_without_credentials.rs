//! Answers to those who may are kept for those who may not: the key does not tell clients apart.

use super::caches::{asked, shared};
use crate::diagnostic::{Findings, Severity};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Place, Policy};
use std::collections::HashSet;

rule! {
    "nginx/cache-key-without-credentials" {
        reads: NginxPolicy, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "answers that need a login are cached under a key that is the same for everybody",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for cached in shared(policy) {
        let place = cached.passing.place;
        let is_auth = place.is_auth_location();
        let asked = asked(cached.passing);
        if !is_auth && asked.is_none() {
            continue;
        }
        let keeps = place.list(&[cached.names.valid]).directives.into_iter().find(|line| {
            let codes = line.args().rev().skip(1);
            line.args().len() == 1
                || codes.into_iter().any(|code| code.is(b"200") || code.is(b"any"))
        });
        let no_cache = place.list(&[cached.names.no_cache]);
        // what is kept only where what is behind allows it, or not for some, may be for everybody
        let Some(keeps) = keeps.filter(|_| no_cache.directives.is_empty()) else { continue };
        // a server behind that says what may be kept is listened to; that it is not is another mistake
        if !is_auth && cached.passing.behind().any(says_what_to_keep) {
            continue;
        }
        let at = cached.key.unwrap_or(keeps);
        if !told.insert(at.words_location()) {
            continue;
        }
        let message = if is_auth {
            "what the auth service says of one client is kept for all: after one good login everybody gets in, after a bad one nobody"
        } else {
            "an answer to a client with a login is kept for all: the next one gets it without"
        };
        let mut finding = RULE
            .at(at.words_location())
            .message(message)
            .label(if cached.key.is_some() { "the same for everybody" } else { "the key is the URL" })
            .related(cached.zone.words_location(), "cached here")
            .help("put the proof into the key, such as `$http_authorization$http_cookie`, or do not cache here");
        if let Some(asked) = asked {
            finding = finding.related(asked.words_location(), "asks for the proof");
        }
        findings.push(if is_auth { finding.severity(Severity::Error) } else { finding });
    }
}

/// Whether a server sends a header about keeping its answers.
fn says_what_to_keep(server: Place<'_, '_>) -> bool {
    const ADD_HEADER: [Id; 2] = [id!("add_header"), id!("expires")];
    const NAMES: [&[u8]; 4] = [b"cache-control", b"expires", b"set-cookie", b"x-accel-expires"];
    std::iter::once(server).chain(server.descendants()).any(|place| {
        place.own_all(&ADD_HEADER).any(|line| {
            line.is("expires")
                || line
                    .arg(0)
                    .is_some_and(|name| NAMES.iter().any(|one| name.is_ignoring_case(one)))
        })
    })
}
