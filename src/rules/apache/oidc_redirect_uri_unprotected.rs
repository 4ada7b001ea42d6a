//! mod_auth_openidc takes the login that comes back only where AuthType says so.

use super::evidence;
use super::oidc::{Settings, is_certain, with_types};
use super::reading::given;
use crate::config::apache::Value;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::answer::Outcome;
use crate::policy::apache::Policy;
use crate::policy::files::Files;
use std::collections::HashSet;

rule! {
    "apache/oidc-redirect-uri-unprotected" {
        reads: ApachePolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "the path of OIDCRedirectURI is not under AuthType openid-connect, and no login comes to an end",
    }
}

const REDIRECT_URI: Id = id("OIDCRedirectURI");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if policy.is_open() {
        return;
    }
    let mut told = HashSet::new();
    for (place, auth_type) in with_types(policy, &["openid-connect", "auth-openidc"]) {
        let settings = Settings::of(place);
        let Some(uri) = settings.get(REDIRECT_URI).filter(|it| is_certain(*it)) else {
            continue;
        };
        let Some(value) = uri.arg(0).and_then(Value::known) else { continue };
        let Some(path) = path(&value).filter(|_| told.insert(uri.location())) else { continue };
        let Some(request) = place.request_for(path) else { continue };
        let prediction = policy.predict(Files::none(policy.site.project), &request);
        let asked = prediction.answer.steps.iter().any(|step| step.phase == "authentication");
        // whether a file is there does not matter
        let open = |outcome: &Outcome| {
            matches!(outcome, Outcome::Passed(_) | Outcome::Answered(301 | 404))
        };
        if asked || !prediction.possible.iter().all(open) {
            continue;
        }
        let finding = RULE
            .at(uri.location())
            .message("no AuthType openid-connect holds for this path: when the provider sends users back, nobody takes their login")
            .label("is open to everybody")
            .related(auth_type.location(), "does not hold for it")
            .help("name a path below one that is protected; nothing has to be there");
        findings.push_with(given(finding, uri), || evidence::evidence(policy, &request));
    }
}

/// The path of a URL, or a path.
fn path(url: &[u8]) -> Option<&[u8]> {
    let rest = match memchr::memmem::find(url, b"://") {
        Some(at) => {
            let rest = &url[at + 3..];
            &rest[memchr::memchr(b'/', rest)?..]
        }
        None => url,
    };
    let end = rest.iter().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(rest.len());
    rest[..end].starts_with(b"/").then_some(&rest[..end])
}
