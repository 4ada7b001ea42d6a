//! `Require not user` knows nobody's name as long as nothing makes people say it.

use super::evidence;
use super::login::needs_user;
use super::reading::given;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::policy::apache::{Leaf, Policy, Requirement};

rule! {
    "apache/require-not-user-without-user" {
        reads: ApachePolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "`Require not user` stands where nobody has to log in, and keeps nobody out",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let leaves: Vec<_> = place.own_requirements().collect();
        let Some(negated) = excluded(&place.section().requires) else { continue };
        if negated.directive.is_in_template() || needs_user(place) || !place.lets_strangers_in() {
            continue;
        }
        let mut finding = RULE
            .at(negated.directive.location())
            .label("never counts")
            .message("nothing asks for a login, so nobody has a name that could be refused: everybody is let in")
            .help("require a user beside it: `Require valid-user`");
        let all = leaves.iter().filter(|leaf| !leaf.negated && leaf.asks("all"));
        if let [granted] = *all.collect::<Vec<_>>() {
            let at = granted.directive.location();
            finding = finding.related(at, "lets everybody in").fix(
                Safety::Unsafe,
                "write `Require valid-user` for `Require all granted`",
                vec![Edit::replace(at, "Require valid-user")],
            );
        }
        findings.push_with(given(finding, negated.directive), || {
            evidence::evidence(policy, &place.request()?)
        });
    }
}

/// The first Require that a user or a group must not meet.
fn excluded<'s, 'p>(members: &'s [Requirement<'p>]) -> Option<&'s Leaf<'p>> {
    let mut waiting: Vec<(&Requirement<'p>, bool)> =
        members.iter().map(|one| (one, false)).collect();
    while let Some((one, inverted)) = waiting.pop() {
        match one {
            Requirement::Leaf(leaf) => {
                let names = leaf.asks("user")
                    || leaf.provider.known().is_some_and(|provider| provider.ends_with(b"group"));
                if names && leaf.negated != inverted {
                    return Some(leaf);
                }
            }
            Requirement::Container(inner) => {
                let inverted = inverted != inner.negated;
                waiting.extend(inner.members.iter().rev().map(|one| (one, inverted)));
            }
        }
    }
    None
}
