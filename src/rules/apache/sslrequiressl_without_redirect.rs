//! SSLRequireSSL refuses, it does not redirect; and it does so before a redirect of the same folder.

use super::reading::{given, place, read};
use crate::config::apache::{Directive, Site};
use crate::diagnostic::{Findings, Severity};
use std::collections::HashMap;

rule! {
    "apache/sslrequiressl-without-redirect" {
        reads: Apache, severity: Info, effect: Unwanted403, since: "0.1.0",
        summary: "SSLRequireSSL answers 403 to http, before a redirect of the same folder to https",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let mut redirects: Option<HashMap<_, Directive<'_>>> = None;
    for directive in read(site, "SSLRequireSSL") {
        let place_ = place(directive);
        if place_ == (None, None) {
            continue;
        }
        let redirects = redirects.get_or_insert_with(|| {
            let all = read(site, "RewriteRule")
                .filter(|rule| rule.arg(1).is_some_and(|to| to.decoded().starts_with(b"https:")));
            all.map(|rule| (place(rule), rule)).collect()
        });
        let finding = RULE.at(directive.location()).label("refuses http");
        let finding = match redirects.get(&place_) {
            Some(rule) => finding
                .severity(Severity::Warning)
                .message("requests by http are answered 403 here: access is decided before the redirect of this folder is looked at")
                .related(rule.location(), "is never reached by http")
                .help("remove SSLRequireSSL, or redirect in the <VirtualHost> of port 80"),
            None => finding
                .message("requests by http are answered 403 here, not redirected to https")
                .help("redirect in the <VirtualHost> of port 80: `Redirect permanent / https://…`"),
        };
        findings.push(given(finding, directive));
    }
}
