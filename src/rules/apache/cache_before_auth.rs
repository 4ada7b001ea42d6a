//! mod_cache answers before anybody asks who the client is.

use super::form_login::shares_server;
use super::login::line_behind;
use super::reading::given;
use crate::config::apache::Value;
use crate::diagnostic::{Findings, Safety};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Effective, Leaf, Place, Policy, Requirement};

rule! {
    "apache/cache-before-auth" {
        reads: ApachePolicy, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "the cache answers before access is decided: what one client may see is served to all",
    }
}

const ENABLE: Id = id("CacheEnable");
const QUICK: Id = id("CacheQuickHandler");
const SET_HANDLER: Id = id("SetHandler");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if policy.is_open() || policy.site.directives("CacheEnable").next().is_none() {
        return;
    }
    let kept: Vec<(Place<'_, '_>, &Leaf<'_>, Vec<u8>)> = policy
        .places()
        .filter_map(|place| Some((place, without_password(place)?, place.path()?)))
        .filter(|(place, ..)| place.own(SET_HANDLER).is_none())
        .take(64)
        .collect();
    for server in &policy.servers {
        let defaults = policy.at(server.defaults);
        for own in defaults.all(&[ENABLE]) {
            let directive = own.directive;
            let prefix = directive.arg(1).and_then(Value::known);
            let Some(prefix) = prefix.filter(|prefix| prefix.starts_with(b"/")) else { continue };
            let quick = match defaults.effective(&[QUICK]) {
                Effective::Set(own) => own.directive.says(b"on"),
                Effective::Unset => true,
                Effective::Unknown(_) => false,
            };
            let found = kept.iter().find(|(place, _, path)| {
                shares_server(*place, defaults) && path.starts_with(&prefix)
            });
            let Some((_, leaf, path)) = found.filter(|_| quick) else { continue };
            let finding = RULE
                .at(directive.location())
                .message(format!(
                    "the cache answers before access is decided: what one client was let in to see below {} is served to everybody",
                    String::from_utf8_lossy(path)
                ))
                .label("answers first")
                .related(leaf.directive.location(), "is not asked")
                .fix(
                    Safety::Unsafe,
                    "let the cache answer after access is decided",
                    vec![line_behind(directive, "CacheQuickHandler Off")],
                );
            findings.push(given(finding, directive));
        }
    }
}

/// A requirement of its own that a request without Authorization may meet; what comes with that header is not kept.
fn without_password<'a>(place: Place<'a, '_>) -> Option<&'a Leaf<'a>> {
    let opens = |leaf: &Leaf<'_>| {
        leaf.asks("all") && leaf.words().any(|word| word.is_ignoring_case(b"granted"))
    };
    if place.own_requirements().any(opens) {
        return None;
    }
    place.section().requires.iter().find_map(|requirement| match requirement {
        Requirement::Leaf(leaf) => is_met_without(leaf, place).then_some(leaf),
        Requirement::Container(container) => {
            let leaves: Vec<_> = requirement.leaves().collect();
            let any = container.operator == crate::policy::apache::Operator::Any;
            let met = |leaf: &&Leaf<'_>| is_met_without(leaf, place);
            let enough = !container.negated
                && if any { leaves.iter().any(met) } else { leaves.iter().all(met) };
            leaves.into_iter().find(|leaf| is_met_without(leaf, place)).filter(|_| enough)
        }
    })
}

fn is_met_without(leaf: &Leaf<'_>, place: Place<'_, '_>) -> bool {
    let by_address = ["ip", "host", "local", "forward-dns"].iter().any(|name| leaf.asks(name));
    let by_session = || {
        ["form", "openid-connect", "shibboleth", "mellon"]
            .iter()
            .any(|name| place.is_auth_type(name.as_bytes()))
    };
    !leaf.negated && (by_address || (leaf.needs_user() && by_session()))
}
