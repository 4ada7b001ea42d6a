//! AuthType takes any word; one that no module answers to fails at every request.

use super::reading::{given, read_where, shown};
use crate::config::apache::{Directive, ModuleState, Site, Value};
use crate::diagnostic::{Edit, Findings, Safety, Severity, near_miss};
use crate::grammar::apache_modules::{auth_type, auth_types};

rule! {
    "apache/authtype-unknown" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "AuthType names no authentication scheme of any module, and every request is answered 500",
    }
}

/// Words that people write for an AuthType which is spelt quite differently.
const WRONG: [(&str, &str); 12] = [
    ("Negotiate", "GSSAPI"),
    ("SPNEGO", "GSSAPI"),
    ("GSS", "GSSAPI"),
    ("openid", "openid-connect"),
    ("openidc", "openid-connect"),
    ("oidc", "openid-connect"),
    ("openid_connect", "openid-connect"),
    ("openidconnect", "openid-connect"),
    ("oauth", "oauth20"),
    ("LDAP", "Basic"),
    ("File", "Basic"),
    ("Password", "Basic"),
];

fn check(site: &Site<'_>, findings: &mut Findings) {
    let is_unknown = |directive: Directive<'_>| {
        let name = directive.arg(0).and_then(Value::known);
        // an expression is worked out for each request
        name.is_some_and(|name| {
            !name.contains(&b'%') && !name.is_empty() && auth_type(&name).is_none()
        })
    };
    for directive in read_where(site, "AuthType", is_unknown) {
        let Some(word) = directive.arg(0) else { continue };
        let Some(name) = word.known() else { continue };
        let known = || auth_types().iter().map(|known| known.name);
        let slip = near_miss(&name, known().filter(|known| known.len() >= 4));
        let wrong = WRONG.iter().find(|(wrong, _)| wrong.as_bytes().eq_ignore_ascii_case(&name));
        let Some(meant) = slip.or(wrong.map(|(_, meant)| *meant)) else { continue };
        let message = format!(
            "no module answers to `AuthType` {}: every request that needs a login is answered 500",
            shown(word)
        );
        let mut finding = RULE.at(word.location()).message(message);
        if slip.is_none() && module(site, meant) != Some(ModuleState::Loaded) {
            let depends =
                format!("whether a module that is not known here answers to {}", shown(word));
            finding = finding.severity(Severity::Warning).depends_on(depends);
        }
        let finding = if module(site, meant) == Some(ModuleState::NotLoaded) {
            finding.help(format!("write `AuthType {meant}`, and load its module"))
        } else if meant == "Basic" && slip.is_none() {
            finding.help(
                "write `AuthType Basic`, and name where the users come from with AuthBasicProvider",
            )
        } else {
            let edits = vec![Edit::replace(word.location(), meant)];
            finding.fix(Safety::Unsafe, format!("write `{meant}`"), edits)
        };
        findings.push(given(finding, directive));
    }
}

/// What is known of the module that answers to this AuthType.
fn module(site: &Site<'_>, name: &str) -> Option<ModuleState> {
    Some(site.module(auth_type(name.as_bytes())?.module))
}
