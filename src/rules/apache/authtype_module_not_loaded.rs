//! An AuthType whose module the configuration does not load.

use super::reading::{given, read, shown};
use crate::config::apache::{ModuleState, Site};
use crate::diagnostic::Findings;
use crate::grammar::apache_modules::{auth_type, by_identifier};

rule! {
    "apache/authtype-module-not-loaded" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "the module for this AuthType is not loaded, and every request is answered 500",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    // the last type that there is nothing to say of: a site has few of them, and asks each many times
    let mut fine = None;
    for directive in read(site, "AuthType") {
        let Some(word) = directive.arg(0) else { continue };
        let name = word.known();
        if name.is_none() || name == fine {
            continue;
        }
        let known = name.as_deref().and_then(auth_type);
        let missing = known.filter(|known| site.module(known.module) == ModuleState::NotLoaded);
        let Some(known) = missing else {
            fine = name;
            continue;
        };
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
