//! One `auth_request_set` in a block takes the place of all that it would inherit.

use crate::config::nginx::{Directive, Value, variables};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Place, Policy};
use std::collections::HashSet;

rule! {
    "nginx/auth-request-set-not-inherited" {
        reads: NginxPolicy, severity: Error, effect: AuthLost, since: "0.1.0",
        summary: "auth_request_set here drops the inherited ones, and a variable that is sent on is empty",
    }
}

const SET: [Id; 1] = [id!("auth_request_set")];

/// The lists whose values are sent on.
const LISTS: [Id; 7] = [
    id!("proxy_set_header"),
    id!("fastcgi_param"),
    id!("uwsgi_param"),
    id!("scgi_param"),
    id!("grpc_set_header"),
    id!("add_header"),
    id!("set"),
];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    let code = policy.places().flat_map(|place| place.own_all(const { &[id!("set")] }));
    let set: HashSet<Vec<u8>> = code.filter_map(name).collect();
    for place in policy.locations_and_servers() {
        let (Some(first), Some(outer)) = (place.own(SET[0]), place.parent()) else { continue };
        if place.is_open() || place.auth_request().is_none() {
            continue;
        }
        let own: Vec<Vec<u8>> = place.own_all(&SET).filter_map(name).collect();
        for lost in outer.list(&SET).directives {
            let Some(name) = name(lost).filter(|name| !own.contains(name)) else { continue };
            // code may set it as well
            if set.contains(&name) {
                continue;
            }
            let Some(user) = used(place, &name) else { continue };
            if !told.insert((first.words_location().file, first.id, name.clone())) {
                continue;
            }
            let name = String::from_utf8_lossy(&name).into_owned();
            let words = lost.source().slice(lost.words_location().span);
            let line = [words, b"; "].concat();
            findings.push(
                RULE.at(first.words_location())
                    .message(format!(
                        "auth_request_set is inherited as a whole or not at all: with one here, ${name} is never set, and what uses it sends nothing"
                    ))
                    .related(lost.words_location(), "is not in effect here")
                    .related(user, "is empty")
                    .help("repeat the line here")
                    .fix(Safety::Unsafe, "repeat it", vec![Edit::insert(first.words_location(), line)]),
            );
        }
    }
}

/// The variable that an `auth_request_set` sets, in small letters.
fn name(set: Directive<'_>) -> Option<Vec<u8>> {
    let name = set.arg(0)?.known()?;
    Some(name.strip_prefix(b"$")?.to_ascii_lowercase())
}

/// Where the variable is sent on from here.
fn used(place: Place<'_, '_>, name: &[u8]) -> Option<crate::source::Location> {
    let reads = |value: Value<'_>| {
        value
            .known()
            .is_some_and(|text| variables(&text).any(|one| one.name.eq_ignore_ascii_case(name)))
    };
    let lists = LISTS.iter().flat_map(|list| place.list(&[*list]).directives);
    lists.into_iter().find(|one| one.args().skip(1).any(reads)).map(Directive::words_location)
}
