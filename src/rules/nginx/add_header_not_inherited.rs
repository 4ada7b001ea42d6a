//! One `add_header` in a block takes the place of all that it would inherit.

use crate::config::nginx::{Directive, Value};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Place, Policy};
use std::collections::HashSet;

rule! {
    "nginx/add-header-not-inherited" {
        reads: NginxPolicy, severity: Warning, effect: AuthLost, since: "0.1.0",
        summary: "add_header here drops the inherited challenge or CORS headers",
    }
}

const ADD: [Id; 1] = [id!("add_header")];

/// Headers that clients cannot do without; the challenge, where nginx itself refuses them, comes last.
const NEEDED: [&[u8]; 4] = [
    b"access-control-allow-origin",
    b"access-control-allow-credentials",
    b"docker-distribution-api-version",
    b"www-authenticate",
];

fn needed(place: Place<'_, '_>) -> &'static [&'static [u8]] {
    let refuses = place.refusal().is_some();
    if refuses { &NEEDED } else { &NEEDED[..3] }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for place in policy.places() {
        let (Some(first), Some(outer)) = (place.own(ADD[0]), place.parent()) else { continue };
        let merges = place.effective(id!("add_header_inherit")).set().is_some();
        if place.is_open() || merges {
            continue;
        }
        let own: Vec<_> = place.own_all(&ADD).collect();
        let has = |header: &[u8]| own.iter().any(|one| is_for(*one, header));
        let lost: Vec<Directive<'_>> = outer
            .list(&ADD)
            .directives
            .into_iter()
            .filter(|one| needed(place).iter().any(|header| is_for(*one, header) && !has(header)))
            .collect();
        let Some(&lost_first) = lost.first() else { continue };
        if !told.insert((first.words_location().file, first.id)) {
            continue;
        }
        let name = lost_first.arg(0).map(Value::lossy).unwrap_or_default();
        let more =
            if lost.len() > 1 { format!(" (and {} more)", lost.len() - 1) } else { String::new() };
        let mut lines = Vec::new();
        for one in &lost {
            lines.extend_from_slice(one.source().slice(one.words_location().span));
            lines.extend_from_slice(b"; ");
        }
        findings.push(
            RULE.at(first.words_location())
                .message(format!(
                    "add_header is inherited as a whole or not at all: with one here, {name}{more} is not sent"
                ))
                .related(lost_first.words_location(), "is not in effect here")
                .help("repeat the lines here; nginx 1.29.3 and later can write `add_header_inherit merge;`")
                .fix(Safety::Unsafe, "repeat them", vec![Edit::insert(first.words_location(), lines)]),
        );
    }
}

fn is_for(add: Directive<'_>, header: &[u8]) -> bool {
    add.arg(0).is_some_and(|name| name.is_templated() || name.is_ignoring_case(header))
}
