//! Digest needs the stored digest of a user; few providers can give it.

use super::login::PROVIDER_DIRECTIVES;
use super::reading::{given, read, read_sections, refused, shown};
use crate::config::apache::{ModuleState, Site};
use crate::diagnostic::Findings;
use crate::grammar::apache_modules::{authn_provider, authz_provider};
use std::collections::HashSet;

rule! {
    "apache/authn-provider-wrong-kind" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a provider that cannot do what the directive needs of it, and the configuration is refused",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let aliases: HashSet<Vec<u8>> = read_sections(site, "AuthnProviderAlias")
        .filter_map(|section| section.arg(1)?.known().map(std::borrow::Cow::into_owned))
        .collect();
    for directive in PROVIDER_DIRECTIVES.into_iter().flat_map(|name| read(site, name)) {
        if directive.is_in_template() || !super::htaccess::is_read(directive) {
            continue;
        }
        let digest = directive.is("AuthDigestProvider");
        for word in directive.args() {
            let Some(name) = word.known().filter(|name| !aliases.contains(&**name)) else {
                continue;
            };
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
}
