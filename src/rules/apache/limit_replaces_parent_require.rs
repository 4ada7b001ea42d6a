//! A Require in <Limit> makes the section's own requirement, which says nothing of other methods; and that of the sections
//! above does not count any more.

use super::overriding::above;
use super::reading::{given, is_limit};
use crate::diagnostic::Findings;
use crate::policy::answer::Outcome;
use crate::policy::apache::{Kind, Methods, Policy};

rule! {
    "apache/limit-replaces-parent-require" {
        reads: ApachePolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "a Require in <Limit> takes the place of the login above, also for the methods that it does not name",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let mine: Vec<_> = place.own_requirements().collect();
        let Some(leaf) = mine.iter().find(|leaf| leaf.methods != Methods::ALL) else { continue };
        let Some(limit) = leaf.directive.sections().find(|section| is_limit(*section)) else {
            continue;
        };
        if place.kind() == Kind::Server || limit.is_in_template() {
            continue;
        }
        let Some(above) = above(place) else { continue };
        let outer: Vec<_> = above.own_requirements().collect();
        let Some(user) =
            outer.iter().find(|leaf| leaf.needs_user() && leaf.methods == Methods::ALL)
        else {
            continue;
        };
        let open = [&b"GET"[..], b"POST", b"PUT", b"DELETE"].into_iter().find(|method| {
            let Some(mut request) = place.request() else { return false };
            request.method = method.to_vec();
            let names = limit.args().any(|word| word.is(method));
            // what is named is granted on purpose
            let named = names == limit.is_section("Limit");
            !named && matches!(place.decide(&request).outcome, Some(Outcome::Passed(_)))
        });
        let Some(method) = open else { continue };
        let method = String::from_utf8_lossy(method);
        let finding = RULE
            .at(limit.location())
            .label("says nothing of other methods")
            .message(format!(
                "the Require in it takes the place of the login above, for methods that it does not name, too: {method} is let in"
            ))
            .related(user.directive.location(), "does not count here")
            .help("add a <LimitExcept> of the same methods with the Require from above, or write `AuthMerging Or` in this section");
        findings.push(given(finding, limit));
    }
}
