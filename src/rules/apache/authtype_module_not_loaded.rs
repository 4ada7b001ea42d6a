//! An AuthType whose module the configuration does not load.

use super::reading::{given, read_where, shown};
use crate::config::apache::{Directive, ModuleState, Site};
use crate::diagnostic::Findings;
use crate::grammar::apache_modules::{auth_type, by_identifier};

rule! {
    "apache/authtype-module-not-loaded" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "the module for this AuthType is not loaded, and every request is answered 500",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let missing = |directive: Directive<'_>| {
        let known = auth_type(&directive.arg(0)?.known()?)?;
        (site.module(known.module) == ModuleState::NotLoaded).then_some(known)
    };
    for directive in read_where(site, "AuthType", |directive| missing(directive).is_some()) {
        let Some((word, known)) = directive.arg(0).zip(missing(directive)) else { continue };
        let source =
            by_identifier(known.module.as_bytes()).map_or(known.module, |module| module.source);
        let message = format!(
            "`AuthType` {} is {source}'s, which is not loaded: every request that needs a login is answered 500",
            shown(word)
        );
        let help = format!("load it: `LoadModule {} …`", known.module);
        findings.push(given(RULE.at(word.location()).message(message).help(help), directive));
    }
}
