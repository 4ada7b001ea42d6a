//! `openid-connect` is for browsers and ignores tokens; `oauth20` is for tokens.

use super::login::needs_user;
use super::oidc::{Settings, with_types};
use super::reading::given;
use crate::config::apache::Value;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::Policy;

rule! {
    "apache/oauth-wrong-authtype" {
        reads: ApachePolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "how tokens are checked is set, but AuthType openid-connect takes no token",
    }
}

const OAUTH: [Id; 6] = [
    id("OIDCOAuthVerifySharedKeys"),
    id("OIDCOAuthVerifyJwksUri"),
    id("OIDCOAuthVerifyCertFiles"),
    id("OIDCOAuthIntrospectionEndpoint"),
    id("OIDCOAuthServerMetadataURL"),
    id("OIDCOAuthClientID"),
];

/// What a login of browsers cannot do without.
const BROWSERS: [Id; 4] = [
    id("OIDCRedirectURI"),
    id("OIDCMetadataDir"),
    id("OIDCProviderMetadataURL"),
    id("OIDCProviderIssuer"),
];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if policy.is_open() || with_types(policy, &["oauth20", "auth-openidc"]).next().is_some() {
        return;
    }
    for (place, auth_type) in with_types(policy, &["openid-connect"]) {
        let settings = Settings::of(place);
        let Some(oauth) = OAUTH.iter().find_map(|&id| settings.get(id)) else { continue };
        let browsers = BROWSERS.iter().any(|&id| !settings.lacks(id));
        if browsers || !needs_user(place) || auth_type.is_in_template() {
            continue;
        }
        let word = auth_type.arg(0).map(Value::location);
        let finding = RULE
            .at(auth_type.location())
            .message("openid-connect is a login of browsers, for which nothing is set: requests with a token are not let in")
            .label("takes no token")
            .related(oauth.location(), "says how tokens are checked")
            .fix(
                Safety::Unsafe,
                "take tokens",
                word.map(|at| Edit::replace(at, "oauth20")).into_iter().collect(),
            );
        findings.push(given(finding, auth_type));
    }
}
