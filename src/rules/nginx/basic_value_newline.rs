//! `echo user:password | base64` encodes a line end behind the password, which is then another password.

use super::credential_values::{self, Use};
use crate::config::nginx::Site;
use crate::diagnostic::Findings;
use crate::rules::authorization::{Basic, basic};

rule! {
    "nginx/basic-value-newline" {
        reads: Nginx, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "the password behind Basic ends in a line end",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for credential in credential_values::all(site) {
        let Some((value, at)) = credential.behind("Basic") else { continue };
        if basic(value) != Basic::Newline {
            continue;
        }
        let then = match credential.used {
            Use::Compared => "no login passes the comparison",
            Use::Sent | Use::Kept => "it is another password, and the upstream answers 401",
        };
        findings.push(
            RULE.at(credential.part(at))
                .label("a line end is encoded, too")
                .message(format!("the password in these credentials ends in a line end, which `echo` adds: {then}"))
                .help("encode it without one: `printf %s 'user:password' | base64 -w0`"),
        );
    }
}
