//! Two clocks are never the same: without a leeway a token is refused in the first second after it was issued.

use crate::diagnostic::Findings;
use crate::grammar::nginx::id;
use crate::policy::nginx::{Effective, Policy};
use std::collections::HashSet;

rule! {
    "nginx/jwt-leeway-zero" {
        reads: NginxPolicy, severity: Info, effect: Unwanted401, since: "0.1.0",
        summary: "auth_jwt allows no difference between the clocks of issuer and server",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for place in policy.places() {
        let Some(jwt) = place.effective(id!("auth_jwt")).set() else { continue };
        if jwt.arg(0).is_none_or(|value| value.is(b"off")) || place.is_open() {
            continue;
        }
        let leeway = place.effective(id!("auth_jwt_leeway"));
        let is_zero = match leeway {
            Effective::Unset => true,
            Effective::Set(leeway, _) => leeway
                .arg(0)
                .is_some_and(|value| [&b"0"[..], b"0s", b"0ms"].iter().any(|zero| value.is(zero))),
            Effective::Unknown(_) => false,
        };
        if !is_zero || !told.insert((jwt.inclusion, jwt.id)) {
            continue;
        }
        let finding = RULE
            .at(jwt.words_location())
            .message("no difference between clocks is allowed: a token is refused while its issuer's clock is ahead of this one, and the moment it expires")
            .label("to the second")
            .help("add `auth_jwt_leeway 30s;`");
        findings.push(match leeway.set() {
            Some(leeway) => finding.related(leeway.words_location(), "none"),
            None => finding,
        });
    }
}
