//! `AuthType None` takes the login away, not the Require that asks for one.

use super::evidence;
use super::login::line_behind;
use super::reading::given;
use crate::diagnostic::{Findings, Safety};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::Policy;

rule! {
    "apache/authtype-none-needs-require" {
        reads: ApachePolicy, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "`AuthType None` stands where a user is still required: every request is answered 500",
    }
}

const AUTH_TYPE: Id = id("AuthType");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let Some(own) = place.own(AUTH_TYPE).filter(|own| own.directive.says(b"none")) else {
            continue;
        };
        let decides = place.effective(&[AUTH_TYPE]).set();
        if decides.is_none_or(|it| it.location() != own.directive.location()) {
            continue;
        }
        let requirements = place.requirements();
        let Some(leaf) = requirements.iter().find(|leaf| leaf.needs_user()) else { continue };
        if !place.for_strangers().is_status(500) {
            continue;
        }
        let finding = RULE
            .at(own.directive.location())
            .label("nobody can log in here")
            .message("a user is required all the same, and there is no way to log in: every request is answered 500")
            .related(leaf.directive.location(), "still asks for a user");
        let finding = if place.own_login().is_some() {
            finding.help("remove this line, or the Require that needs a user")
        } else {
            finding.help("add `Require all granted`: it takes the place of the Require above").fix(
                Safety::Unsafe,
                "add `Require all granted`",
                vec![line_behind(own.directive, "Require all granted")],
            )
        };
        let finding = given(finding, own.directive);
        findings.push_with(finding, || evidence::answered(place, 500));
    }
}
