//! A cookie for the name that the server behind knows itself by, which is not a name that clients ask for.

use super::upstream_cookies::cookies;
use crate::config::nginx::{Directive, shown};
use crate::diagnostic::{Findings, Safety, Severity};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Place, Policy, Proof};

rule! {
    "nginx/cookie-domain-mismatch" {
        reads: NginxPolicy, severity: Info, effect: AuthLost, since: "0.1.0",
        summary: "cookies of what is behind are for a name that clients never ask for",
    }
}

const SERVER_NAME: [Id; 1] = [id!("server_name")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for passing in policy.passings().filter(|passing| !passing.module.is_application()) {
        if passing.behind().len() == 0 {
            continue;
        }
        let rewritten = passing.place.list(&[id!("proxy_cookie_domain")]);
        if rewritten.open.is_some() || !rewritten.directives.is_empty() {
            continue;
        }
        let Some(server) = passing.place.server().filter(|server| !server.is_open()) else {
            continue;
        };
        let foreign = cookies(passing).find_map(|cookie| {
            let domain = cookie.attribute(b"domain")?;
            let domain = domain.strip_prefix(b".").unwrap_or(domain).to_ascii_lowercase();
            let has_names = has_other_names(server, &domain)?;
            Some((cookie, domain, has_names))
        });
        let Some((cookie, domain, has_names)) = foreign else { continue };
        let text = format!("proxy_cookie_domain {} $host;", String::from_utf8_lossy(&domain));
        let mut finding = RULE
            .at(passing.pass.words_location())
            .message(format!(
                "cookies come for the domain {}, which is no name of this server: browsers refuse them, and a login does not last",
                shown(&domain)
            ))
            .label("leaves the name of cookies as it is")
            .related(cookie.line.words_location(), "sets the cookie")
            .help(format!("change it: `{text}`"));
        let is_plain =
            domain.iter().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte));
        if is_plain && passing.pass.inclusions().count() == 1 {
            let edit = super::not_inherited::insertion_before(passing.pass, &text);
            finding = finding.fix(Safety::Unsafe, "change the name of cookies", vec![edit]);
        }
        if !has_names {
            finding = finding.depends_on("the name that clients reach this server by");
        } else if let Some(asked) = passing.asked_behind(Proof::Cookie) {
            finding = finding
                .related(asked.words_location(), "wants a cookie")
                .severity(Severity::Warning);
        }
        findings.push(finding);
    }
}

/// Whether the server has names; `None` where a browser that knows it by one of them may take cookies for `domain`.
fn has_other_names(server: Place<'_, '_>, domain: &[u8]) -> Option<bool> {
    let mut has_names = false;
    for value in server.own_all(&SERVER_NAME).flat_map(Directive::args) {
        let name = value.known()?.to_ascii_lowercase();
        // patterns, and names that end in a star, may be anything
        if name.starts_with(b"~") || name.ends_with(b"*") || name.contains(&b'$') {
            return None;
        }
        let name = name.strip_prefix(b"*.").or(name.strip_prefix(b".")).unwrap_or(&name);
        if is_within(name, domain) || is_within(domain, name) {
            return None;
        }
        has_names |= name.contains(&b'.');
    }
    Some(has_names)
}

/// Whether `name` is `domain` or ends in it.
fn is_within(name: &[u8], domain: &[u8]) -> bool {
    name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with(b"."))
}
