//! Browsers keep no `secure` cookie from a site without TLS.

use super::form_login::{COOKIES, attribute, with_type};
use super::front::{forwarded, has_tls};
use super::reading::given;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::policy::apache::Policy;
use crate::source::{Location, Span};
use std::collections::HashSet;

rule! {
    "apache/session-cookie-secure-on-http" {
        reads: ApachePolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "the session's cookie is `secure`, and httpd serves the site without TLS",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    let mut behind_tls = None;
    for (place, _) in with_type(policy, b"form") {
        let Some(cookie) = place.effective(&COOKIES).set() else { continue };
        let Some(attributes) = cookie.arg(1) else { continue };
        let Some(text) = attributes.known() else { continue };
        let Some(secure) = attribute(&text, b"secure") else { continue };
        let hidden = || policy.is_open() || has_tls(policy) || forwarded(&policy.site).is_some();
        if *behind_tls.get_or_insert_with(hidden) || !told.insert(cookie.location()) {
            continue;
        }
        let mut finding = RULE
            .at(cookie.location())
            .message("browsers drop this `secure` cookie, as the site has no TLS: whoever has logged in is sent to the login again")
            .label("is kept only from https")
            .help("serve the site by TLS")
            .depends_on("whether a proxy in front serves the site by TLS");
        let end = secure.end;
        let start = text[..secure.start].iter().rposition(|byte| *byte == b';');
        if let Some(start) = start.filter(|_| *text == *attributes.decoded()) {
            let at = attributes.part(start..end);
            let at = Location { span: Span::new(at.span.start, at.span.end), ..at };
            finding = finding.fix(Safety::Unsafe, "remove `secure`", vec![Edit::delete(at)]);
        }
        findings.push(given(finding, cookie));
    }
}
