//! `deny all` and a login in one block: the address is looked at first, and nobody ever gets to the login.

use super::evidence::evidence;
use crate::config::nginx::Directive;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Basic, Kind, Policy};

rule! {
    "nginx/deny-all-before-login" {
        reads: NginxPolicy, severity: Error, effect: Unwanted403, since: "0.1.0",
        summary: "a block asks for a login and denies every address: the right password is answered 403",
    }
}

/// The directives of a list of addresses.
const RULES: [Id; 2] = [id!("allow"), id!("deny")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let (Some(basic), Basic::On(..)) = (place.own(id!("auth_basic")), place.basic()) else {
            continue;
        };
        // an `allow` behind it is out of place, which is a mistake of its own
        let own: Vec<_> = place.own_all(&RULES).collect();
        let [deny] = own[..] else { continue };
        if !denies_all(deny) {
            continue;
        }
        // what a place below says of itself may be what both are for: a list of its own, or how checks combine
        let is_final = !place.descendants().any(|inner| {
            inner.own(id!("satisfy")).is_some() || inner.own_all(&RULES).next().is_some()
        });
        if place.is_open() || place.satisfy_any().is_some() || !is_final {
            continue;
        }
        let finding = RULE
            .at(deny.words_location())
            .message(
                "`deny all` keeps everybody out before the login is asked for: a right password is answered 403, too",
            )
            .label("refuses every address")
            .related(basic.words_location(), "a login that nobody gets to");
        // nginx takes `satisfy` in no limit_except
        let finding = if place.kind() == Kind::LimitExcept {
            finding.help("write `satisfy any;` in the location around it so that the login is enough, or remove `deny all`")
        } else {
            let edit = Edit::insert(deny.words_location(), "satisfy any; ");
            finding
                .help("write `satisfy any;` beside them so that the login is enough, or remove `deny all`")
                .fix(Safety::Unsafe, "let the login be enough", vec![edit])
        };
        findings
            .push_with(finding, || place.request().and_then(|request| evidence(policy, &request)));
    }
}

fn denies_all(rule: Directive<'_>) -> bool {
    rule.is("deny") && rule.arg(0).is_some_and(|value| value.is(b"all")) && !rule.is_in_template()
}
