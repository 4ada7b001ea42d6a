//! A token that lost a piece on its way into the file verifies nowhere.

use super::credential_values::{self, Use};
use crate::config::nginx::Site;
use crate::diagnostic::Findings;
use crate::policy::token::{Jwt, jwt};

rule! {
    "nginx/jwt-malformed" {
        reads: Nginx, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "a JSON Web Token that is sent to an upstream is not whole",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for credential in credential_values::all(site) {
        if credential.used == Use::Compared {
            continue;
        }
        let (token, at) = credential.token();
        let what = match jwt(token) {
            None | Some(Jwt::Whole(_)) => continue,
            Some(Jwt::Parts(1)) => "has one part where three belong".to_owned(),
            Some(Jwt::Parts(parts @ ..=7)) => format!("has {parts} parts where three belong"),
            Some(Jwt::Parts(_)) => "has too many parts".to_owned(),
            Some(Jwt::Payload) => "has a payload that is no JSON".to_owned(),
            Some(Jwt::Signature(is, whole)) => {
                format!("has a signature of {is} characters where its algorithm makes {whole}")
            }
        };
        findings.push(
            RULE.at(credential.part(at))
                .label("not whole")
                .message(format!("the token {what}: it verifies nowhere, and the upstream answers 401"))
                .help("copy it again, all of it on one line: head, payload and signature with dots between"),
        );
    }
}
