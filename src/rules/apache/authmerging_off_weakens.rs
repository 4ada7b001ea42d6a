//! A Require in a folder below does not add to the one above: it takes its place.

use super::overriding::above;
use super::reading::given;
use crate::diagnostic::{Findings, Severity};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Kind, Policy};

rule! {
    "apache/authmerging-off-weakens" {
        reads: ApachePolicy, severity: Info, effect: NotEnforced, since: "0.1.0",
        summary: "`Require valid-user` takes the place of a Require above that lets in certain users only",
    }
}

const AUTH_MERGING: Id = id("AuthMerging");
const OWN_LOGIN: [Id; 2] = [id("AuthType"), id("AuthUserFile")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let mine: Vec<_> = place.own_requirements().collect();
        let [leaf] = *mine.as_slice() else { continue };
        if !leaf.asks("valid-user")
            || place.kind() == Kind::Server
            || place.own(AUTH_MERGING).is_some()
            // another login is another matter
            || place.all(&OWN_LOGIN).next().is_some()
            || place.decisive().is_none_or(|decisive| decisive.id != place.id)
        {
            continue;
        }
        let Some(above) = above(place) else { continue };
        let outer: Vec<_> = above.own_requirements().collect();
        let named = |name: &str| outer.iter().any(|leaf| !leaf.negated && leaf.asks(name));
        if !(named("user") || named("group")) || named("valid-user") || named("all") {
            continue;
        }
        let Some(first) = outer.first() else { continue };
        let finding = RULE
            .at(leaf.directive.location())
            .label("counts alone")
            .message("this takes the place of the Require above: whoever has a login is let in here")
            .related(first.directive.location(), "does not count here")
            .help("remove the line where the same users are meant; `AuthMerging And` in this section keeps both")
            .severity(Severity::Info);
        findings.push(given(finding, leaf.directive));
    }
}
