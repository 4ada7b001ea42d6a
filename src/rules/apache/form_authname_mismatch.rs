//! mod_auth_form keeps a login in the session under the name of its realm: another realm finds none.

use super::form_login::{form_handlers, plain, shares_server, with_type};
use super::reading::given;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::policy::apache::Policy;
use std::collections::HashSet;

rule! {
    "apache/form-authname-mismatch" {
        reads: ApachePolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "the form logs users in for another AuthName, and they are never let in",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut handlers = None;
    let mut told = HashSet::new();
    for (place, _) in with_type(policy, b"form") {
        let Some((own, name)) = plain(place.auth_name()) else { continue };
        let handlers = handlers.get_or_insert_with(|| form_handlers(policy));
        let mut other = None;
        let serving = handlers.iter().filter(|handler| shares_server(**handler, place));
        let sound = serving.map(|handler| plain(handler.auth_name())).any(|theirs| {
            let same = theirs.as_ref().is_none_or(|(_, theirs)| *theirs == name);
            other = other.or(theirs.map(|(directive, _)| directive));
            same
        });
        let (Some(other), false) = (other, sound) else { continue };
        if !told.insert(own.location()) {
            continue;
        }
        let (Some(value), Some(theirs)) = (own.arg(0), other.arg(0)) else { continue };
        let message = format!(
            "the form logs users in for {}, not for {}: after a right password they are asked again",
            theirs.shown(),
            value.shown()
        );
        let finding = RULE
            .at(own.location())
            .message(message)
            .label("finds no login of this name in the session")
            .related(other.location(), "the login is kept under this name")
            .fix(
                Safety::Safe,
                "use the name of the form",
                vec![Edit::replace(value.location(), theirs.raw())],
            );
        findings.push(given(finding, own));
    }
}
