//! A user who is logged in and has not the right is asked for another login: 401 again, not 403.

use super::login::line_behind;
use super::reading::given;
use crate::diagnostic::{Findings, Safety};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Leaf, Place, Policy};

rule! {
    "apache/authz-failure-401" {
        reads: ApachePolicy, severity: Info, effect: Unwanted401, since: "0.1.0",
        summary: "users who are logged in and lack the right are asked for a password again and again",
    }
}

const AUTH_TYPE: Id = id("AuthType");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let own: Vec<_> = place.own_requirements().collect();
        let Some(leaf) = own.iter().find(|leaf| chooses(leaf)) else { continue };
        // somebody else's line may let everybody in who is logged in
        if own.iter().any(|leaf| leaf.asks("valid-user")) || !asks_again(place) {
            continue;
        }
        let forbidden = place.authorization().and_then(|all| all.forbidden_on_failure);
        if forbidden == Some(true) {
            continue;
        }
        let finding = RULE
            .at(leaf.directive.location())
            .message("users who are logged in and are none of these are asked for a password again, 401, not told 403")
            .label("lets in some users only")
            .help("write `AuthzSendForbiddenOnFailure On` unless users are to log in as somebody else")
            .fix(
                Safety::Unsafe,
                "answer 403",
                vec![line_behind(leaf.directive, "AuthzSendForbiddenOnFailure On")],
            );
        findings.push(given(finding, leaf.directive));
    }
}

/// Whether it takes more than a login to meet it.
fn chooses(leaf: &Leaf<'_>) -> bool {
    leaf.needs_user() && !leaf.asks("valid-user")
}

/// Whether the login is one of those that browsers keep asking for.
fn asks_again(place: Place<'_, '_>) -> bool {
    place.effective(&[AUTH_TYPE]).set().is_some_and(|it| it.says(b"basic") || it.says(b"digest"))
}
