//! A provider of Require whose module the configuration does not load.

use super::htaccess::is_read;
use super::reading::{given, read_sections, refused, shown};
use super::require::requirement;
use crate::config::apache::{ModuleState, Site};
use crate::diagnostic::Findings;
use crate::grammar::apache_modules::{authz_provider, by_identifier};
use std::collections::HashSet;

rule! {
    "apache/authz-provider-not-loaded" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "the module for this Require is not loaded, and the configuration is refused",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    // without Require itself, it is the configuration that is not whole
    if site.module("authz_core_module") != ModuleState::Loaded || site.data.modules.has_strangers()
    {
        return;
    }
    let aliases: HashSet<Vec<u8>> = read_sections(site, "AuthzProviderAlias")
        .filter_map(|section| section.arg(1)?.known().map(std::borrow::Cow::into_owned))
        .collect();
    for group in site.requires() {
        let Some(name) = group.provider.filter(|name| !aliases.contains(*name)) else { continue };
        let Some(known) = authz_provider(name) else { continue };
        if site.module(known.module) != ModuleState::NotLoaded {
            continue;
        }
        let source =
            by_identifier(known.module.as_bytes()).map_or(known.module, |module| module.source);
        for require in group.directives().filter_map(requirement) {
            if !is_read(require.directive) {
                continue;
            }
            let message = format!(
                "`Require` {} is {source}'s, which is not loaded: {}",
                shown(require.provider),
                refused(require.directive)
            );
            let help = format!("load it: `LoadModule {} …`", known.module);
            let finding = RULE.at(require.provider.location()).message(message).help(help);
            findings.push(given(finding, require.directive));
        }
    }
}
