//! OpenID Connect sends whoever has no session to the provider: a program that calls an API cannot follow.

use super::login::needs_user;
use super::oidc::with_types;
use super::reading::given;
use crate::config::apache::Directive;
use crate::diagnostic::{Findings, Severity};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Place, Policy};

rule! {
    "apache/oidc-api-redirect" {
        reads: ApachePolicy, severity: Info, effect: Unwanted401, since: "0.1.0",
        summary: "calls of an API without a session are redirected to the login page of the provider, not answered 401",
    }
}

const ACTION: Id = id("OIDCUnAuthAction");
/// The parts of a path that programs ask for.
const NAMES: [&[u8]; 5] = [b"api", b"rest", b"graphql", b"rpc", b"ws"];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut general: Option<Directive<'_>> = None;
    let mut any_action = false;
    for (place, auth_type) in with_types(policy, &["openid-connect"]) {
        if !needs_user(place) {
            continue;
        }
        if place.effective(&[ACTION]).set().is_some() {
            any_action = true;
            continue;
        }
        if !place.effective(&[ACTION]).is_unset() || !is_api(place) {
            general.get_or_insert(auth_type);
            continue;
        }
        findings.push(given(finding(auth_type, Severity::Warning), auth_type));
    }
    let elsewhere = any_action || policy.site.directives("OIDCUnAuthAction").next().is_some();
    if let Some(auth_type) = general.filter(|_| !elsewhere) {
        findings.push(given(finding(auth_type, Severity::Info), auth_type));
    }
}

fn finding(auth_type: Directive<'_>, severity: Severity) -> crate::diagnostic::Finding {
    RULE.at(auth_type.location())
        .severity(severity)
        .message("a program without a session is redirected to the page of the provider, 302, and cannot tell that it has to log in")
        .label("redirects whoever has no session")
        .help("write `OIDCUnAuthAction 401` for the paths that programs call, or `OIDCUnAuthAction auth \"%{HTTP:X-Requested-With} != 'XMLHttpRequest'\"`")
}

/// Whether the path says that programs ask for it.
fn is_api(place: Place<'_, '_>) -> bool {
    let path = place.path().unwrap_or_default();
    path.split(|&byte| byte == b'/')
        .any(|part| NAMES.iter().any(|name| part.eq_ignore_ascii_case(name)))
}
