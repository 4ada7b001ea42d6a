//! Several Require lines are alternatives: one that everybody meets makes the others idle.

use super::evidence;
use super::reading::given;
use crate::config::apache::Directive;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::policy::apache::{Leaf, Operator, Policy, Requirement};

rule! {
    "apache/require-any-open" {
        reads: ApachePolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "`Require all granted` stands beside a Require that needs a user: everybody is let in",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let members = &place.section().requires;
        let mut pairs = Vec::new();
        alternatives(members, &mut pairs);
        let Some(&(granted, user)) = pairs.first() else { continue };
        if granted.directive.is_in_template() || !place.lets_strangers_in() {
            continue;
        }
        let at = granted.directive.location();
        let mut finding = RULE
            .at(at)
            .label("is met by everybody")
            .message("one of several Require lines is enough, and everybody meets this one: nobody is asked for a login")
            .related(user.directive.location(), "never counts")
            .help("remove `Require all granted`");
        // httpd does not start with a container that is left empty
        let around = |leaf: &Leaf<'_>| leaf.directive.parent().map(Directive::location);
        if around(granted) == around(user) {
            let edits = vec![Edit::delete(at)];
            finding = finding.fix(Safety::Unsafe, "remove `Require all granted`", edits);
        }
        findings.push_with(given(finding, granted.directive), || {
            evidence::evidence(policy, &place.request()?)
        });
    }
}

/// `Require all granted` and a Require that needs a user, of the same container, where one is enough.
fn alternatives<'s, 'p>(
    members: &'s [Requirement<'p>],
    pairs: &mut Vec<(&'s Leaf<'p>, &'s Leaf<'p>)>,
) {
    let mut waiting = vec![members];
    while let Some(members) = waiting.pop() {
        let leaves = || {
            members.iter().filter_map(|one| match one {
                Requirement::Leaf(leaf) => Some(leaf),
                Requirement::Container(_) => None,
            })
        };
        let granted = leaves().find(|leaf| grants(leaf));
        let user = leaves().find(|leaf| {
            leaf.needs_user()
                && granted.is_some_and(|granted| granted.methods.and(leaf.methods) == leaf.methods)
        });
        pairs.extend(granted.zip(user));
        waiting.extend(members.iter().filter_map(|one| match one {
            Requirement::Container(inner) if !inner.negated && inner.operator == Operator::Any => {
                Some(&*inner.members)
            }
            _ => None,
        }));
    }
}

/// Whether it is `Require all granted`.
fn grants(leaf: &Leaf<'_>) -> bool {
    !leaf.negated
        && leaf.asks("all")
        && leaf.words().next().is_some_and(|word| word.is_ignoring_case(b"granted"))
}
