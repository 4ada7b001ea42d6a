//! Without `satisfy any` an address list and a login must both be content: the password helps nobody whom the list keeps out.

use super::edits::above;
use super::evidence::evidence;
use crate::diagnostic::{Findings, Safety};
use crate::grammar::nginx::id;
use crate::policy::nginx::{Effective, Kind, Policy};
use foldhash::{HashSet, HashSetExt};

rule! {
    "nginx/satisfy-all-ip-and-password" {
        reads: NginxPolicy, severity: Info, effect: Unwanted403, since: "0.1.0",
        summary: "an address list and a login hold together: outsiders get 403, insiders are asked for a password",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for place in policy.places() {
        if place.kind() == Kind::If {
            continue;
        }
        let list = place.addresses();
        let Some(denial) = list.last_word().filter(|rule| !rule.allows) else { continue };
        let Some(login) = place.login() else { continue };
        let unset = matches!(place.effective(id!("satisfy")), Effective::Unset);
        let key = (denial.directive.inclusion, denial.directive.id, login.inclusion, login.id);
        if !unset || !list.is_certain() || !login.is_certainly_here() || !told.insert(key) {
            continue;
        }
        // a list that lets nobody in is another mistake, or no mistake: a folder where nobody gets to
        if !list.rules.iter().any(|rule| rule.allows) {
            continue;
        }
        // at the inner one of the two, which makes the pair
        let (at, label, other, other_label) = match list.rules.first() {
            Some(first) if list.block >= place.block_of(login) => {
                (first.directive, "the address", login, "and the password")
            }
            _ => (login, "and the password", denial.directive, "the address"),
        };
        let finding = RULE
            .at(at.words_location())
            .message("without `satisfy any` both must be content: whom the list keeps out gets 403 and is never asked, whom it lets in needs the password as well")
            .related(other.words_location(), other_label);
        findings.push_shown(finding, |finding| {
            let mut finding = finding.label(label).help(
                "write `satisfy any;` if one of them is enough, `satisfy all;` if both are meant",
            );
            let block = place.block_of(at).map(|block| policy.get(block).kind);
            if block.is_some_and(|kind| kind != Kind::LimitExcept) {
                let edit = above(at, b"satisfy any;");
                finding = finding.fix(Safety::Unsafe, "let one of them be enough", vec![edit]);
            }
            finding.evidence = place.request().and_then(|request| evidence(policy, &request));
            finding
        });
    }
}
