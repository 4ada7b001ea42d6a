//! An address and a login as Require lines of one section are alternatives.

use super::reading::given;
use crate::diagnostic::{Findings, Severity};
use crate::policy::apache::{Leaf, Policy, Requirement};

rule! {
    "apache/require-any-ip-or-user" {
        reads: ApachePolicy, severity: Info, effect: NotEnforced, since: "0.1.0",
        summary: "an address and a login are alternatives: clients with the address need no login",
    }
}

/// Providers that know an address, or something that every client may send.
const WITHOUT_LOGIN: [&str; 5] = ["ip", "local", "host", "forward-dns", "env"];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let section = place.section();
        // in a <RequireAny> it is said in so many words
        let leaves = || {
            section.requires.iter().filter_map(|one| match one {
                Requirement::Leaf(leaf) if is_flat(leaf) => Some(leaf),
                _ => None,
            })
        };
        let user = leaves().find(|leaf| leaf.needs_user());
        let other = leaves()
            .find(|leaf| !leaf.negated && WITHOUT_LOGIN.iter().any(|provider| leaf.asks(provider)));
        let (Some(user), Some(other)) = (user, other) else { continue };
        if other.directive.is_in_template() || user.methods.and(other.methods) != user.methods {
            continue;
        }
        let finding = RULE
            .at(other.directive.location())
            .label("is enough by itself")
            .message("one of several Require lines is enough: whom this one lets in is not asked for a login")
            .related(user.directive.location(), "is for all others")
            .help("where both shall be needed, put them into a <RequireAll>; where one is enough, <RequireAny> says so")
            .severity(Severity::Info);
        findings.push(given(finding, other.directive));
    }
}

/// Whether it stands in no container.
fn is_flat(leaf: &Leaf<'_>) -> bool {
    leaf.directive.sections().next().is_none_or(|section| !super::reading::is_container(section))
}
