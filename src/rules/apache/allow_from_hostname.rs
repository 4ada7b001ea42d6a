//! A name in Allow or Deny is compared with what DNS says of the client's address, both ways.

use super::reading::{given, read, shown};
use super::require::is_address;
use crate::config::apache::Site;
use crate::diagnostic::{Findings, Severity};

rule! {
    "apache/allow-from-hostname" {
        reads: Apache, severity: Info, effect: Unwanted403, since: "0.1.0",
        summary: "Allow names a host: only clients whose address leads to that name in DNS, and back, are let in",
    }
}

/// Services that give a changing address a name; none of them answers for the way back.
const DYNAMIC: [&str; 24] = [
    "dyndns",
    "no-ip",
    "noip",
    "ddns",
    "duckdns",
    "dynu",
    "myfritz",
    "homeip",
    "dnsalias",
    "homelinux",
    "homeunix",
    "selfip",
    "zapto",
    "hopto",
    "sytes",
    "servebeer",
    "freedns",
    "afraid",
    "changeip",
    "spdns",
    "goip",
    "feste-ip",
    "dynv6",
    "synology",
];

fn check(site: &Site<'_>, findings: &mut Findings) {
    for directive in read(site, "Allow") {
        if directive.is_in_template() {
            continue;
        }
        for word in directive.args().skip(1) {
            let Some(name) = word.known() else { continue };
            if name.eq_ignore_ascii_case(b"all")
                || name.eq_ignore_ascii_case(b"localhost")
                || name.contains(&b'=')
                || is_address(&name)
                || !name.iter().any(u8::is_ascii_alphabetic)
                || !name.iter().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(byte))
                || !name.contains(&b'.')
            {
                continue;
            }
            let text = String::from_utf8_lossy(&name).to_ascii_lowercase();
            let dynamic =
                DYNAMIC.iter().any(|service| text.split('.').any(|part| part == *service));
            let finding = RULE
                .at(word.location())
                .message(format!(
                    "a client is {} only when DNS leads from its address to that name and back: most are not, and are answered 403",
                    shown(word)
                ))
                .help("write the address: `Require ip`; or `Require forward-dns` for a name whose address changes");
            let finding = if dynamic {
                finding.severity(Severity::Warning).label("is the name of an address that changes")
            } else {
                finding
            };
            findings.push(given(finding, directive));
        }
    }
}
