//! mod_auth_openidc looks at its settings when httpd starts, and stops it where one is missing; `-t` does not look.

use super::oidc::{Settings, is_certain};
use super::reading::given;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Policy, ServerId};

rule! {
    "apache/oidc-mandatory-directive" {
        reads: ApachePolicy, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a setting that mod_auth_openidc cannot do without is missing: httpd does not start",
    }
}

const REDIRECT_URI: Id = id("OIDCRedirectURI");
const PASSPHRASE: Id = id("OIDCCryptoPassphrase");
const METADATA_DIR: Id = id("OIDCMetadataDir");
const METADATA_URL: Id = id("OIDCProviderMetadataURL");
const ISSUER: Id = id("OIDCProviderIssuer");
const AUTHORIZATION: Id = id("OIDCProviderAuthorizationEndpoint");
const CLIENT_ID: Id = id("OIDCClientID");

/// Any of these turns OpenID Connect on: `oidc_config_check_vhost_config`.
const STARTS: [Id; 4] = [REDIRECT_URI, METADATA_DIR, ISSUER, PASSPHRASE];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if policy.is_open() {
        return;
    }
    let all =
        (0..policy.servers.len() as u32).map(|index| Settings { policy, server: ServerId(index) });
    let own = |settings: &Settings<'_, '_>| {
        settings.defaults().section().own.iter().any(|own| own.directive.name().starts_with("OIDC"))
    };
    let all: Vec<Settings<'_, '_>> = all.filter(own).collect();
    // settings of virtual hosts are looked at with those of the main server, and then only they are
    let has_hosts = all.iter().any(|settings| settings.server != ServerId::MAIN);
    for settings in all {
        if has_hosts && settings.server == ServerId::MAIN {
            continue;
        }
        let set: Vec<_> = STARTS.iter().filter_map(|&id| settings.get(id)).collect();
        let Some(&first) = set.first() else { continue };
        if settings.defaults().section().open.is_some() || !set.iter().all(|it| is_certain(*it)) {
            continue;
        }
        let first = settings.get(CLIENT_ID).unwrap_or(first);
        let Some(missing) = missing(settings) else { continue };
        let finding = RULE
            .at(first.location())
            .message(format!(
                "mod_auth_openidc cannot do without {missing}: httpd does not start, and `-t` does not tell"
            ))
            .label(format!("has no {missing} beside it"))
            .help(help(missing));
        findings.push(given(finding, first));
    }
}

/// `oidc_check_config_openid_openidc`.
fn missing(settings: Settings<'_, '_>) -> Option<&'static str> {
    let lacks = |id: Id| settings.lacks(id);
    if lacks(REDIRECT_URI) {
        return Some("OIDCRedirectURI");
    }
    if lacks(PASSPHRASE) {
        return Some("OIDCCryptoPassphrase");
    }
    if !lacks(METADATA_DIR) {
        return None;
    }
    if lacks(METADATA_URL) {
        if lacks(ISSUER) {
            return Some("OIDCProviderMetadataURL");
        }
        if lacks(AUTHORIZATION) {
            return Some("OIDCProviderAuthorizationEndpoint");
        }
    }
    lacks(CLIENT_ID).then_some("OIDCClientID")
}

fn help(missing: &str) -> &'static str {
    match missing {
        "OIDCRedirectURI" => {
            "name a path below one that is protected: `OIDCRedirectURI /secure/redirect_uri`"
        }
        "OIDCCryptoPassphrase" => {
            "let it make one at each start: `OIDCCryptoPassphrase \"exec:/usr/bin/openssl rand -hex 32\"`, or write one"
        }
        "OIDCProviderMetadataURL" => {
            "name the provider: `OIDCProviderMetadataURL https://idp.example/.well-known/openid-configuration`"
        }
        "OIDCProviderAuthorizationEndpoint" => {
            "write OIDCProviderMetadataURL, or each endpoint of the provider"
        }
        _ => "write the name that the provider knows this site by: `OIDCClientID`",
    }
}
