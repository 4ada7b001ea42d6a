//! A provider of AuthBasicProvider and its like that no loaded module has.

use super::login::provider_names;
use super::reading::{given, refused, shown};
use crate::config::apache::{ModuleState, Site};
use crate::diagnostic::{Edit, Findings, Safety, near_miss};
use crate::grammar::apache_modules::{authn_provider, authn_providers, by_identifier};

rule! {
    "apache/authn-provider-not-loaded" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "AuthBasicProvider names a provider that no loaded module has, and the configuration is refused",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (word, name) in provider_names(site) {
        let directive = word.directive;
        let finding = RULE.at(word.location());
        let finding = if let Some(known) = authn_provider(&name) {
            if site.module(known.module) != ModuleState::NotLoaded
                || site.module("authn_core_module") != ModuleState::Loaded
                || site.data.modules.has_strangers()
            {
                continue;
            }
            let module = by_identifier(known.module.as_bytes());
            let source = module.map_or(known.module, |module| module.source);
            finding
                .message(format!(
                    "the provider {} is {source}'s, which is not loaded: {}",
                    shown(word),
                    refused(directive)
                ))
                .help(format!("load it: `LoadModule {} …`", known.module))
        } else {
            let names = || authn_providers().iter().map(|provider| provider.name);
            let same = names().find(|known| known.as_bytes().eq_ignore_ascii_case(&name));
            let Some(meant) = same.or_else(|| near_miss(&name, names())) else { continue };
            let why = if same.is_some() { "letter case counts" } else { "nothing defines it" };
            finding
                .message(format!("{} is no provider, {why}: {}", shown(word), refused(directive)))
                .fix(
                    Safety::Unsafe,
                    format!("write `{meant}`"),
                    vec![Edit::replace(word.location(), meant)],
                )
        };
        findings.push(given(finding, directive));
    }
}
