//! Digest needs the stored digest of a user; few providers can give it.

use super::login::provider_names;
use super::reading::{given, refused, shown};
use crate::config::apache::{ModuleState, Site};
use crate::diagnostic::Findings;
use crate::grammar::apache_modules::{authn_provider, authz_provider};

rule! {
    "apache/authn-provider-wrong-kind" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a provider that cannot do what the directive needs of it, and the configuration is refused",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (word, name) in provider_names(site) {
        let directive = word.directive;
        let digest = directive.is("AuthDigestProvider");
        let finding = RULE.at(word.location());
        let finding = match authn_provider(&name) {
            Some(known) if digest && !known.knows_digests() => {
                if site.module(known.module) == ModuleState::NotLoaded {
                    continue;
                }
                finding
                        .message(format!(
                            "{} checks passwords, and Digest never sees one: {}",
                            shown(word),
                            refused(directive)
                        ))
                        .help("write `AuthType Basic` with AuthBasicProvider, and serve it by TLS; or name a provider for Digest: file, dbm or dbd")
            }
            None if authz_provider(&name).is_some() => finding
                .message(format!(
                    "{} is for Require; {} takes what checks a login: {}",
                    shown(word),
                    directive.name(),
                    refused(directive)
                ))
                .help("name what checks the login, such as `file` or `ldap`"),
            _ => continue,
        };
        findings.push(given(finding, directive));
    }
}
