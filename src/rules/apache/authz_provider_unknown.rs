//! The word behind Require names a provider; letter case counts.

use super::reading::{given, read_sections, refused, shown};
use super::require::requirement;
use crate::config::apache::Site;
use crate::diagnostic::{Edit, Findings, Safety, near_miss};
use crate::grammar::apache_modules::{authz_provider, authz_providers};
use std::collections::HashSet;

rule! {
    "apache/authz-provider-unknown" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "the word behind Require is no authorization provider, and the configuration is refused",
    }
}

/// Words that people write for a provider which is spelt quite differently.
const WRONG: [(&str, &str); 8] = [
    ("users", "user"),
    ("groups", "group"),
    ("validuser", "valid-user"),
    ("valid_user", "valid-user"),
    ("valid_users", "valid-user"),
    ("valid-users", "valid-user"),
    ("hostname", "host"),
    ("localhost", "local"),
];

fn check(site: &Site<'_>, findings: &mut Findings) {
    let aliases: HashSet<Vec<u8>> = read_sections(site, "AuthzProviderAlias")
        .filter_map(|section| section.arg(1)?.known().map(std::borrow::Cow::into_owned))
        .collect();
    for group in site.requires() {
        let Some(name) = group.provider else { continue };
        if authz_provider(name).is_some() || aliases.contains(name) {
            continue;
        }
        let Some((meant, case)) = meant(name) else { continue };
        let why = if case { "letter case counts" } else { "there is no such provider" };
        for require in group.directives().filter_map(requirement) {
            let message = format!(
                "Require does not know {}, {why}: {}",
                shown(require.provider),
                refused(require.directive)
            );
            let finding = RULE.at(require.provider.location()).message(message).fix(
                Safety::Unsafe,
                format!("write `{meant}`"),
                vec![Edit::replace(require.provider.location(), meant)],
            );
            findings.push(given(finding, require.directive));
        }
    }
}

/// The provider that somebody meant, and whether only letter case is wrong.
fn meant(name: &[u8]) -> Option<(&'static str, bool)> {
    let known = || authz_providers().iter().map(|provider| provider.name);
    if let Some(same) = known().find(|known| known.as_bytes().eq_ignore_ascii_case(name)) {
        return Some((same, true));
    }
    let wrong = WRONG.iter().find(|(wrong, _)| wrong.as_bytes().eq_ignore_ascii_case(name));
    let meant = wrong.map(|(_, meant)| *meant);
    // providers of a few letters are too near to those of strangers
    meant
        .or_else(|| near_miss(name, known().filter(|known| known.len() >= 4)))
        .map(|meant| (meant, false))
}
