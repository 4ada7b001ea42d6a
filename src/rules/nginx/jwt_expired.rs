//! A token that is written down expires some day, and from then on every request is answered 401.

use super::credential_values::{self, Use};
use crate::config::nginx::Site;
use crate::diagnostic::Findings;
use crate::policy::token::{Jwt, jwt};
use crate::rules::authorization::date;

rule! {
    "nginx/jwt-expired" {
        reads: Nginx, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "a JSON Web Token that is sent to an upstream has expired",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let Some(now) = site.target().now else { return };
    for credential in credential_values::all(site) {
        let (token, at) = credential.token();
        let Some(Jwt::Whole(Some(expires))) = jwt(token) else { continue };
        if credential.used == Use::Compared || expires > now {
            continue;
        }
        findings.push(
            RULE.at(credential.part(at))
                .label("expired")
                .message(format!("the token expired on {}: the upstream answers 401", date(expires)))
                .help("put in a new token, or one that does not expire; better, let a service that can renew it add the header"),
        );
    }
}
