//! Without `always`, `add_header` is for answers that went well: not for 401.

use crate::config::nginx::{Directive, Value};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::Policy;
use std::collections::HashSet;

rule! {
    "nginx/add-header-not-always" {
        reads: NginxPolicy, severity: Warning, effect: AuthLost, since: "0.1.0",
        summary: "a header that clients need on a 401 is added without always, and not sent with it",
    }
}

const ADD: [Id; 1] = [id!("add_header")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for place in policy.places() {
        let Some(list) = policy.list_block(place.block, &ADD) else { continue };
        let list = policy.get(list).all(&ADD);
        let missed: Vec<_> = list.filter_map(|one| Some((one, loss(one)?))).collect();
        let Some((first, why)) = missed.first().copied() else { continue };
        // of pictures and fonts nobody misses the status
        if place.is_open() || place.is_for_static_files() {
            continue;
        }
        let Some(refusal) = place.refusal() else { continue };
        if !told.insert((first.words_location().file, first.id)) {
            continue;
        }
        let ends = missed.iter().map(|(one, _)| {
            let end = one.words_location().span.end;
            Edit::insert(one.at(crate::source::Span::empty(end)), " always")
        });
        let name = first.arg(0).map(Value::lossy).unwrap_or_default();
        let more = if missed.len() > 1 {
            format!(" (and {} more)", missed.len() - 1)
        } else {
            String::new()
        };
        findings.push(
            RULE.at(first.words_location())
                .message(format!("without `always`, {name}{more} is not sent with a 401: {why}"))
                .related(refusal.words_location(), "answers 401")
                .help("write `always` behind the value")
                .fix(Safety::Safe, "add `always`", ends.collect()),
        );
    }
}

/// What is missed where the header is not sent with a 401.
fn loss(add: Directive<'_>) -> Option<&'static str> {
    let name = add.arg(0)?;
    if add.args().len() != 2 || !add.is_as_written() {
        return None;
    }
    if name.is_ignoring_case(b"www-authenticate") {
        return Some("it is for 401 alone, and clients are never told how to log in");
    }
    if name.is_ignoring_case(b"access-control-allow-origin") {
        return Some("scripts of other sites see a failed connection instead of the 401");
    }
    name.is_ignoring_case(b"docker-distribution-api-version")
        .then_some("older Docker clients do not take the answer for that of a registry")
}
