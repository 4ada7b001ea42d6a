//! mod_auth_form reads the login from a session; where sessions are off there is none.

use super::form_login::with_type;
use super::reading::given;
use crate::diagnostic::{Findings, Safety};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Effective, Policy};

rule! {
    "apache/session-not-enabled" {
        reads: ApachePolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "AuthType form stands where Session is off, and a login is never found",
    }
}

const SESSION: Id = id("Session");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for (place, auth_type) in with_type(policy, b"form") {
        let finding = match place.effective(&[SESSION]) {
            Effective::Unset => {
                RULE.at(auth_type.location()).label("reads the login from a session").fix(
                    Safety::Unsafe,
                    "turn sessions on",
                    vec![super::login::line_behind(auth_type, "Session On")],
                )
            }
            Effective::Set(own) if own.directive.says(b"off") => RULE
                .at(own.directive.location())
                .label("turns sessions off")
                .related(auth_type.location(), "reads the login from a session"),
            _ => continue,
        };
        let finding = finding
            .message("sessions are off here: whoever has logged in is sent to the login again")
            .help(
                "write `Session On` and SessionCookieName in this section, or for the whole server",
            );
        findings.push(given(finding, auth_type));
    }
}
