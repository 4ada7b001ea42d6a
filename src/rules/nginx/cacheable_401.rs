//! `add_header Cache-Control "public" always`: the 401 is kept by caches on the way, too.

use crate::config::nginx::Value;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Basic, Policy};
use std::collections::HashSet;

rule! {
    "nginx/cacheable-401" {
        reads: NginxPolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "Cache-Control lets caches keep answers, the 401 of a login among them",
    }
}

const ADD_HEADER: [Id; 1] = [id!("add_header")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for place in policy.locations_and_servers() {
        let Basic::On(login, _) = place.basic() else { continue };
        let line = place.list(&ADD_HEADER).directives.into_iter().find(|line| {
            line.arg(0).is_some_and(|name| name.is_ignoring_case(b"cache-control"))
                && line.arg(2).is_some_and(|always| always.is(b"always"))
                && line.arg(1).and_then(Value::known).is_some_and(|value| is_public(&value))
        });
        let Some(line) = line.filter(|line| line.is_certainly_here()) else { continue };
        let Some(always) = line.arg(2) else { continue };
        if !told.insert(line.words_location()) {
            continue;
        }
        let mut at = always.location();
        let text = line.source().bytes();
        while matches!(text.get(at.span.start as usize - 1), Some(b' ' | b'\t')) {
            at.span.start -= 1;
        }
        findings.push(
            RULE.at(line.words_location())
                .message("`always` sends this with 401 as well: caches on the way keep the 401, and answer those with it who have logged in")
                .label("for every status")
                .related(login.words_location(), "answers 401")
                .help("remove `always`: without it the header is only sent with answers such as 200, 204, 301 and 304")
                .fix(Safety::Unsafe, "remove `always`", vec![Edit::delete(at)]),
        );
    }
}

/// Whether caches that many clients share may keep the answer.
fn is_public(value: &[u8]) -> bool {
    let value = String::from_utf8_lossy(value).to_ascii_lowercase();
    let has = |word: &str| value.split(',').any(|part| part.trim().split('=').next() == Some(word));
    (has("public") || has("s-maxage")) && !has("private") && !has("no-store") && !has("no-cache")
}
