//! Where a login starts by one scheme and comes back by the other, mod_auth_openidc gives up.

use super::front::has_tls;
use super::oidc::{Settings, is_certain, with_types};
use super::reading::given;
use crate::config::apache::{Condition, Value};
use crate::diagnostic::{Findings, Safety};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::Policy;
use std::collections::HashSet;

rule! {
    "apache/oidc-redirect-uri-scheme" {
        reads: ApachePolicy, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "OIDCRedirectURI says https, httpd is reached by http, and every login is answered 500",
    }
}

const REDIRECT_URI: Id = id("OIDCRedirectURI");
const FORWARDED: Id = id("OIDCXForwardedHeaders");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if policy.is_open() {
        return;
    }
    let mut told = HashSet::new();
    let mut tls = None;
    for (place, auth_type) in with_types(policy, &["openid-connect", "auth-openidc"]) {
        let settings = Settings::of(place);
        let Some(uri) = settings.get(REDIRECT_URI).filter(|it| is_certain(*it)) else {
            continue;
        };
        let Some(value) = uri.arg(0).and_then(Value::known) else { continue };
        let is_https =
            value.get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"https://"));
        if !is_https || !settings.lacks(FORWARDED) || *tls.get_or_insert_with(|| has_tls(policy)) {
            continue;
        }
        if auth_type.condition() != Condition::Yes || !told.insert(uri.location()) {
            continue;
        }
        let finding = RULE
            .at(uri.location())
            .message("httpd is reached by http, and the login comes back by https: mod_auth_openidc answers 500 to whoever is to log in")
            .label("says https")
            .related(auth_type.location(), "starts the login by http")
            .help("where a proxy in front has the TLS, and sets X-Forwarded-Proto: write `OIDCXForwardedHeaders X-Forwarded-Proto` (mod_auth_openidc 2.4.11 and later)")
            .fix(
                Safety::Unsafe,
                "believe the proxy about the scheme",
                vec![super::login::line_behind(uri, "OIDCXForwardedHeaders X-Forwarded-Proto")],
            );
        findings.push(given(finding, uri));
    }
}
