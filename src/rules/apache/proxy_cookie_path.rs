//! A cookie is for a path of the server that sets it; a proxy in front knows that path by another name.

use super::handed_on::parts;
use super::proxied::proxied;
use super::reading::given;
use crate::diagnostic::{Findings, Severity};
use crate::policy::apache::Policy;
use std::collections::HashSet;

rule! {
    "apache/proxy-cookie-path" {
        reads: ApachePolicy, severity: Info, effect: AuthLost, since: "0.1.0",
        summary: "cookies of the server behind are for a path that browsers never ask for, and logins are lost",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if policy.is_open() || policy.site.directives("ProxyPassReverseCookiePath").next().is_some() {
        return;
    }
    let mut told = HashSet::new();
    for one in proxied(policy) {
        let Some((scheme, _, behind)) = parts(&one) else { continue };
        let trim = |path: &[u8]| path.strip_suffix(b"/").unwrap_or(path).to_vec();
        let (front, behind) = (trim(&one.path), trim(behind));
        if one.is_pattern {
            continue;
        }
        // a cookie for `/`, or for a path above, reaches every URL
        let http = scheme.starts_with(b"http") || scheme == b"ajp";
        if !http || behind.is_empty() || front == behind || front.starts_with(&behind) {
            continue;
        }
        if !told.insert((one.server, behind.clone())) {
            continue;
        }
        let (front, behind) = (String::from_utf8_lossy(&front), String::from_utf8_lossy(&behind));
        let front = if front.is_empty() { "/".into() } else { front };
        let finding = RULE
            .at(one.directive.location())
            .severity(Severity::Info)
            .message(format!(
                "a cookie that the server behind sets for {behind} is never sent back to {front}: a login that it keeps is lost"
            ))
            .label("changes the path, and no cookie")
            .help(format!("write `ProxyPassReverseCookiePath {behind} {front}` beside ProxyPassReverse"));
        findings.push(given(finding, one.directive));
    }
}
