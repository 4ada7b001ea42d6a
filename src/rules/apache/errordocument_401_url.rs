//! `ErrorDocument 401` with a URL: httpd cannot send a redirect and a challenge in one answer.

use super::reading::{given, read, shown};
use crate::config::apache::Site;
use crate::diagnostic::Findings;

rule! {
    "apache/errordocument-401-url" {
        reads: Apache, severity: Warning, effect: Hygiene, since: "0.1.0",
        summary: "ErrorDocument 401 names a URL with a scheme, which httpd ignores",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for directive in read(site, "ErrorDocument") {
        let (Some(code), Some(value)) = (directive.arg(0), directive.arg(1)) else { continue };
        let Some(text) = value.known() else { continue };
        if !code.is(b"401") || text.contains(&b' ') || memchr::memmem::find(&text, b"://").is_none()
        {
            continue;
        }
        if text.starts_with(b"/") || text.contains(&b'%') {
            continue;
        }
        let message = format!(
            "httpd ignores {} here: a redirect would take the place of the challenge, and nobody could log in",
            shown(value)
        );
        let help = "write the path of a page of this server, such as `ErrorDocument 401 /401.html`";
        findings.push(given(RULE.at(value.location()).message(message).help(help), directive));
    }
}
