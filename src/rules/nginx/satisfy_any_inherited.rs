//! `satisfy any` of a block around makes what a block adds optional: who passes the other check is let in.

use crate::diagnostic::{Findings, Severity};
use crate::policy::nginx::{Addresses, Kind, Policy};

rule! {
    "nginx/satisfy-any-inherited" {
        reads: NginxPolicy, severity: Info, effect: NotEnforced, since: "0.1.0",
        summary: "an inherited satisfy any makes the list or the login of a block optional",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let Some(satisfy) = place.satisfy_any() else { continue };
        if place.block_of(satisfy) == Some(place.block) || place.kind() == Kind::If {
            continue;
        }
        let Some(login) = place.login() else { continue };
        let asks_itself = place.block_of(login) == Some(place.block);
        let own = place.own_addresses();
        let denial = own.and_then(Addresses::last_word).filter(|rule| !rule.allows);
        let finding = match (asks_itself, denial) {
            (false, Some(denial)) => {
                let lets_none_in =
                    own.is_some_and(|list| list.rules.iter().all(|rule| !rule.allows));
                let message = if lets_none_in {
                    "under the inherited `satisfy any` this keeps out only who has no password: a user of the login around it is let in"
                } else {
                    "under the inherited `satisfy any` this list is one of two ways in: a user of the login around it is let in from anywhere"
                };
                RULE.at(denial.directive.words_location())
                    .severity(if lets_none_in { Severity::Warning } else { Severity::Info })
                    .message(message)
                    .label("not for those with a password")
                    .related(login.words_location(), "the other way in")
            }
            (true, None) => {
                let list = place.addresses();
                let Some(way) = list.rules.iter().find(|rule| rule.allows) else { continue };
                RULE.at(login.words_location())
                    .message("under the inherited `satisfy any` this login is one of two ways in: the addresses of the list around it are not asked")
                    .label("not for those in the list")
                    .related(way.directive.words_location(), "the other way in")
            }
            _ => continue,
        };
        let mut finding = finding
            .related(satisfy.words_location(), "one of them is enough")
            .help("write `satisfy all;` in this block if both must be content");
        finding.related.sort_by_key(|label| label.at.span.start);
        findings.push(finding);
    }
}
