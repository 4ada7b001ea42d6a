//! A login in an `<IfModule>` that does not hold is gone, and nobody says so.

use super::guards::{if_module, is_about_access, lonely_login};
use super::reading::{given, shown};
use crate::config::apache::{ModuleState, Site, Truth};
use crate::diagnostic::Findings;
use crate::grammar::apache_modules::by_name;

rule! {
    "apache/ifmodule-guards-auth" {
        reads: Apache, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "a login stands in an <IfModule> that does not hold: httpd skips it, and nobody has to log in",
    }
}

/// Modules of older servers, which httpd 2.4 does not have.
const GONE: [&[u8]; 12] = [
    b"mod_auth.c",
    b"auth_module",
    b"mod_access.c",
    b"access_module",
    b"mod_auth_dbm.c",
    b"mod_auth_anon.c",
    b"mod_auth_ldap.c",
    b"mod_authn_default.c",
    b"authn_default_module",
    b"mod_authz_default.c",
    b"authz_default_module",
    b"mod_authn_alias.c",
];

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (section, name, negated) in if_module(site) {
        let gone = GONE.contains(&&*name) && by_name(&name).is_none();
        let why = if gone && !negated && section.truth() != Some(Truth::Yes) {
            "is a module of older servers, which httpd 2.4 does not have"
        } else if section.truth() == Some(Truth::No) {
            let Some(module) = by_name(&name).filter(|module| is_about_access(module)) else {
                continue;
            };
            match (negated, site.module(module.identifier)) {
                (true, ModuleState::Loaded) => {
                    "is loaded, and the section is for servers without it"
                }
                (false, ModuleState::NotLoaded) => "is not loaded",
                _ => continue,
            }
        } else {
            continue;
        };
        let Some(login) = lonely_login(section) else { continue };
        let Some(word) = section.arg(0) else { continue };
        let shown = shown(word);
        let finding = RULE
            .at(section.location())
            .message(format!("{} {why}: httpd skips the login in this section", shown.replace('!', "")))
            .label("does not hold")
            .related(login.location(), "is never read")
            .help("remove <IfModule> and </IfModule>: what the login needs is then asked for, and missed loudly");
        findings.push(given(finding, section));
    }
}
