//! ErrorDocument with a path that does not start with a slash: httpd sends the words themselves.

use super::reading::{given, read, shown};
use crate::config::apache::Site;
use crate::diagnostic::Findings;

rule! {
    "apache/errordocument-relative" {
        reads: Apache, severity: Warning, effect: Hygiene, since: "0.1.0",
        summary: "ErrorDocument names a page without a leading slash, which httpd sends as the text of the answer",
    }
}

const PAGES: [&[u8]; 7] = [b".html", b".htm", b".shtml", b".php", b".cgi", b".pl", b".txt"];

fn check(site: &Site<'_>, findings: &mut Findings) {
    for directive in read(site, "ErrorDocument") {
        let (Some(code), Some(value)) = (directive.arg(0), directive.arg(1)) else { continue };
        if !code.is(b"401") && !code.is(b"403") {
            continue;
        }
        let Some(text) = value.known() else { continue };
        let is_page = PAGES.iter().any(|end| text.ends_with(end));
        if !is_page
            || text.starts_with(b"/")
            || text.iter().any(|byte| matches!(byte, b' ' | b':' | b'%' | b'<'))
        {
            continue;
        }
        let message = format!(
            "httpd sends the word {} instead of that page, as it does not start with a slash",
            shown(value)
        );
        let help = "write the page as a URL path from the root of the site: `/errors/401.html`";
        findings.push(given(RULE.at(value.location()).message(message).help(help), directive));
    }
}
