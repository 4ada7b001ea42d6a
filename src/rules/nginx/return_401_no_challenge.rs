//! A 401 says with `WWW-Authenticate` how to log in; a `return 401` has none unless `add_header … always` brings it.

use crate::config::nginx::Directive;
use crate::diagnostic::{Findings, Severity};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Guard, Kind, Place, Policy, status_of};
use std::collections::HashSet;

rule! {
    "nginx/return-401-no-challenge" {
        reads: NginxPolicy, severity: Warning, effect: AuthLost, since: "0.1.0",
        summary: "return 401 sends no WWW-Authenticate, and clients are not told how to log in",
    }
}

const ADD: Id = id!("add_header");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let guards = policy.guards();
    let mut told = HashSet::new();
    for place in policy.places() {
        for own in place.own_all(&[id!("return")]) {
            if status_of(own) != Some(401) || place.is_open() || place.error_page(401).is_some() {
                continue;
            }
            let at = policy.around(place.block).find(|at| policy.get(*at).kind == Kind::Location);
            let mut asked = guards.iter().filter(|guard| Some(guard.target.block) == at).peekable();
            let is_check = asked.peek().is_some();
            // headers that are added to the answer of a check stay there
            let is_seen =
                if is_check { asked.any(|guard| hands_on(guard)) } else { is_bare(place) };
            if !is_seen || !told.insert((own.words_location().file, own.id)) {
                continue;
            }
            let help = if is_check {
                "add the header where the check is asked: `add_header WWW-Authenticate $challenge always;`, with a `map $status $challenge` that is empty for all but 401"
            } else {
                "add `add_header WWW-Authenticate 'Bearer realm=\"…\"' always;` in the same block, with the scheme that is asked for; or answer 403"
            };
            let finding = RULE
                .at(own.words_location())
                .message("this 401 has no WWW-Authenticate: browsers ask for no password, and other clients are not told what to send")
                .help(help);
            let is_inner = || {
                let server = place.server();
                server.is_some_and(|server| policy.inner_servers().contains(&server.block))
            };
            findings.push(if (is_check || asks_authorization(place)) && !is_inner() {
                finding
            } else {
                finding.severity(Severity::Info)
            });
        }
    }
}

/// Whether a client of one of the guarded locations sees the 401 of the check as it is.
fn hands_on(guard: &Guard<'_, '_>) -> bool {
    let mut places = guard
        .places
        .iter()
        .filter(|place| place.kind() == Kind::Location && place.own(id!("internal")).is_none());
    places.any(|place| place.block != guard.target.block && is_bare(*place))
}

/// Whether nothing adds a challenge to a 401 here or leads it elsewhere.
fn is_bare(place: Place<'_, '_>) -> bool {
    let adds = place.list(&[ADD]);
    let challenges = |one: &Directive<'_>| {
        one.arg(0)
            .is_some_and(|name| name.is_templated() || name.is_ignoring_case(b"www-authenticate"))
    };
    let other = place.list(&[id!("more_set_headers")]);
    adds.open.is_none()
        && !adds.directives.iter().any(challenges)
        && !is_dropped(place, challenges)
        && other.directives.is_empty()
        && place.error_page(401).is_none()
}

/// Whether a block around adds a challenge that one of the blocks between drops: that is a mistake of its own.
fn is_dropped<'p>(place: Place<'_, 'p>, challenges: impl Fn(&Directive<'p>) -> bool) -> bool {
    let policy = place.policy;
    policy.around(place.block).any(|at| {
        policy.get(at).own().filter(|own| own.is("add_header")).any(|own| challenges(&own))
    })
}

/// Whether what decides on the 401 is the Authorization header: a scheme that a challenge can name.
fn asks_authorization(place: Place<'_, '_>) -> bool {
    let condition = place.directive().filter(|_| place.kind() == Kind::If);
    condition.is_some_and(|condition| {
        condition.args().any(|word| {
            let word = word.decoded().to_ascii_lowercase();
            word.windows(19).any(|part| part == b"$http_authorization")
        })
    })
}
