//! `allow` alone keeps nobody out: who meets no rule is let in.

use super::edits::below;
use super::evidence::evidence;
use crate::diagnostic::{Findings, Safety};
use crate::policy::nginx::{Covers, Policy};
use std::cell::LazyCell;
use std::collections::HashSet;

rule! {
    "nginx/allow-without-deny" {
        reads: NginxPolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "allow without deny: addresses that no rule names are let in too",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    // the blocks whose list stands beside a login, here or further inside: it decides on everybody else
    let with_login = LazyCell::new(|| {
        let asking = policy.places().filter(|place| !place.asks_nobody());
        asking.filter_map(|place| place.addresses().block).collect::<HashSet<_>>()
    });
    for place in policy.places() {
        let Some(list) = place.own_addresses() else { continue };
        let is_about_few = list
            .rules
            .iter()
            .all(|rule| rule.allows && !rule.covers_a_family() && rule.covers != Covers::Unknown);
        if !is_about_few {
            continue;
        }
        let replaces = || {
            let outer = place.parent().and_then(|outer| outer.addresses().last_word());
            outer.is_some_and(|rule| !rule.allows)
        };
        // a list that takes the place of another is nginx/access-rules-replaced
        if with_login.contains(&place.block) || place.has_stranger() || replaces() {
            continue;
        }
        let [top, ..] = list.rules[..] else { continue };
        let (top, bottom) = (top.directive, list.rules.last().unwrap_or(&top).directive);
        let finding = RULE
            .at(top.words_location())
            .message("no `deny all` follows: a client that no `allow` names is let in as well")
            .label("keeps nobody out")
            .help("end the list with `deny all;`")
            .fix(Safety::Unsafe, "keep everybody else out", vec![below(bottom, "deny all;")]);
        findings
            .push_with(finding, || place.request().and_then(|request| evidence(policy, &request)));
    }
}
