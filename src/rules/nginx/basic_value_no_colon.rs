//! What `Basic` credentials decode to is `user:password`; without a colon there is no user.

use super::credential_values::{self, Use};
use crate::config::nginx::Site;
use crate::diagnostic::Findings;
use crate::rules::authorization::{Basic, basic, is_placeholder};

rule! {
    "nginx/basic-value-no-colon" {
        reads: Nginx, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "the credentials behind Basic decode to a text without a colon",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for credential in credential_values::all(site) {
        let Some((value, at)) = credential.behind("Basic") else { continue };
        let Basic::NoColon { twice } = basic(value) else { continue };
        if is_placeholder(value) {
            continue;
        }
        let what = if twice { "are base64 of base64" } else { "decode to a text without a colon" };
        let then = match credential.used {
            Use::Compared => "no login passes the comparison",
            Use::Sent | Use::Kept => "the upstream finds no user in them and answers 401",
        };
        findings.push(
            RULE.at(credential.part(at))
                .label(if twice { "encoded twice" } else { "no colon in what this decodes to" })
                .message(format!("the credentials behind `Basic` {what}: {then}"))
                .help(if twice {
                    "encode `user:password` once, or write the inner value"
                } else {
                    "encode user, colon and password together: `printf %s 'user:password' | base64 -w0`"
                }),
        );
    }
}
