//! The subrequest of `auth_request` announces the client's body, and the limit of its own location holds for it.

use crate::config::nginx::Value;
use crate::diagnostic::Findings;
use crate::grammar::nginx::id;
use crate::policy::nginx::{Effective, Place, Policy};
use std::collections::HashSet;

rule! {
    "nginx/auth-request-body-size" {
        reads: NginxPolicy, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "the location of the check takes smaller bodies than what it guards: larger ones become a 500",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for guard in policy.guards() {
        let Some(asked) = limit(guard.target) else { continue };
        for place in &guard.places {
            let Effective::Set(allows, _) = place.effective(id!("client_max_body_size")) else {
                continue;
            };
            let is_larger =
                limit(*place).is_some_and(|allowed| asked > 0 && (allowed == 0 || allowed > asked));
            let passes = place.handler().is_some_and(|handler| handler.name().ends_with("_pass"));
            if place.is_open()
                || !is_larger
                || !passes
                || !told.insert((allows.words_location().file, allows.id))
            {
                continue;
            }
            let size = allows.arg(0).map(Value::shown).unwrap_or_default();
            let mut finding = RULE
                .at(allows.words_location())
                .message(format!(
                    "bodies up to {size} are allowed here, but the check's location allows {}: larger ones are a 413 there, and the client gets 500",
                    shown_size(asked)
                ))
                .related(guard.directive.words_location(), "asks for every request");
            if let Some(target) = guard.target.directive() {
                finding = finding.related(target.words_location(), "has the smaller limit");
            }
            findings.push(finding.help(
                "write `client_max_body_size 0;` in the location of the check, which gets no body",
            ));
        }
    }
}

/// The limit in a place, 0 for none.
fn limit(place: Place<'_, '_>) -> Option<u64> {
    match place.effective(id!("client_max_body_size")) {
        Effective::Set(limit, _) => crate::policy::nginx::size(&limit.arg(0)?.known()?),
        Effective::Unset => Some(1 << 20),
        Effective::Unknown(_) => None,
    }
}

fn shown_size(size: u64) -> String {
    for (unit, letter) in [(30, 'g'), (20, 'm'), (10, 'k')] {
        if size.trailing_zeros() >= unit {
            return format!("{}{letter}", size >> unit);
        }
    }
    format!("{size} bytes")
}
