//! A note to put the credential in is sent as it stands: nginx fills nothing in.

use super::credential_values::{self, Use};
use crate::config::nginx::Site;
use crate::diagnostic::Findings;
use crate::rules::authorization::{is_placeholder, parts};

rule! {
    "nginx/credential-placeholder" {
        reads: Nginx, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "a placeholder stands where a credential belongs",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for credential in credential_values::all(site) {
        let parts = parts(&credential.text).filter(|_| credential.is_authorization);
        let at = parts.map_or(0..credential.text.len(), |parts| parts.credentials);
        if !is_placeholder(&credential.text[at.clone()]) {
            continue;
        }
        findings.push(
            RULE.at(credential.part(at))
                .label("a placeholder")
                .message(match credential.used {
                    Use::Compared => "requests are compared with a placeholder: no real credential passes",
                    Use::Sent | Use::Kept => "the upstream is sent this placeholder as it stands and answers 401",
                })
                .help("put the credential in; nginx knows no environment variables here: fill in a template with envsubst, or include a file that only root can read"),
        );
    }
}
