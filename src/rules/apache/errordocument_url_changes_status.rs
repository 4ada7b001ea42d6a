//! ErrorDocument with a full URL answers a redirect in the place of the error.

use super::reading::{given, read, shown};
use crate::config::apache::Site;
use crate::diagnostic::Findings;

rule! {
    "apache/errordocument-url-changes-status" {
        reads: Apache, severity: Info, effect: Hygiene, since: "0.1.0",
        summary: "ErrorDocument 403 names a full URL: clients get 302 in the place of the 403",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for directive in read(site, "ErrorDocument") {
        let (Some(code), Some(value)) = (directive.arg(0), directive.arg(1)) else { continue };
        let Some(text) = value.known() else { continue };
        let is_url = text.starts_with(b"http://") || text.starts_with(b"https://");
        if !code.is(b"403") || !is_url || text.contains(&b' ') {
            continue;
        }
        let message = format!(
            "who is refused gets 302 to {}, not 403: programs and search engines take the refusal for a page that moved",
            shown(value)
        );
        let help = "write the path of a page of this server, such as `ErrorDocument 403 /403.html`, which keeps the status";
        findings.push(given(RULE.at(value.location()).message(message).help(help), directive));
    }
}
