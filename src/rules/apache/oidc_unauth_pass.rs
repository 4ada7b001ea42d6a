//! `OIDCUnAuthAction pass` lets everybody in, and gives them an empty name that `Require valid-user` takes.

use super::evidence;
use super::login::needs_user;
use super::reading::given;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Effective, Policy};

rule! {
    "apache/oidc-unauth-pass" {
        reads: ApachePolicy, severity: Info, effect: NotEnforced, since: "0.1.0",
        summary: "OIDCUnAuthAction pass lets in whoever is not logged in, Require valid-user or not",
    }
}

const ACTION: Id = id("OIDCUnAuthAction");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let Some(own) = place.own(ACTION).map(|own| own.directive) else { continue };
        if !own.says(b"pass") || own.arg(1).is_some() || !needs_user(place) {
            continue;
        }
        let valid = place.requirements().into_iter().find(|leaf| leaf.asks("valid-user"));
        let Effective::Set(_) = place.auth_type() else { continue };
        let Some(valid) = valid.filter(|_| place.lets_strangers_in()) else { continue };
        let finding = RULE
            .at(own.location())
            .message("whoever is not logged in is let in, under an empty name: the application has to look at OIDC_CLAIM_* or REMOTE_USER itself")
            .label("lets everybody in")
            .related(valid.directive.location(), "is met by the empty name, too")
            .help("write `OIDCUnAuthAction auth` where a login is needed");
        findings.push_with(given(finding, own), || {
            evidence::evidence(policy, &place.request()?).filter(|one| one.answer.is_none())
        });
    }
}
