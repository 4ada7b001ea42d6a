//! With `satisfy any` one handler that lets the client in is enough, and `allow all` lets everybody in.

use super::evidence::evidence;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::policy::nginx::{Covers, Policy};
use std::collections::HashSet;

rule! {
    "nginx/satisfy-any-open" {
        reads: NginxPolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "allow all under satisfy any: the login is never asked for",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for place in policy.places() {
        let Some(satisfy) = place.satisfy_any() else { continue };
        let list = place.addresses();
        let Some(first) = list.rules.first() else { continue };
        let opens = list.rules.iter().take_while(|rule| rule.allows);
        let opens = opens.filter(|rule| rule.covers == Covers::Everybody).last();
        let Some(opens) = opens.filter(|_| first.allows && list.is_certain()) else { continue };
        let Some(login) = place.login().or_else(|| place.access_code()) else { continue };
        // rules further inside than the login exempt a part of what it covers
        let asks_inside = place.block_of(login) >= list.block;
        let key = (opens.directive.inclusion, opens.directive.id);
        if !asks_inside || !satisfy.is_certainly_here() || !told.insert(key) {
            continue;
        }
        let name = login.name();
        let mut finding = RULE
            .at(opens.directive.words_location())
            .message(format!(
                "`allow all` lets everybody in, and under `satisfy any` that is enough: {name} is never asked"
            ))
            .label("lets everybody in")
            .related(satisfy.words_location(), "one of them is enough")
            .related(login.words_location(), "never asked")
            .help("remove `allow all`, or name the addresses that need no login and end the list with `deny all;`")
            .fix(
                Safety::Unsafe,
                "ask for the login",
                vec![Edit::delete(opens.directive.lines_location())],
            );
        finding.related.sort_by_key(|label| label.at.span.start);
        findings
            .push_with(finding, || place.request().and_then(|request| evidence(policy, &request)));
    }
}
