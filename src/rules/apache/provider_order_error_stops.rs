//! A provider that fails ends the search: those behind it are not asked.

use super::form_login::basic_providers;
use super::reading::given;
use crate::config::apache::{Site, Value};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::Policy;
use std::collections::HashMap;

rule! {
    "apache/provider-order-error-stops" {
        reads: ApachePolicy, severity: Warning, effect: ServerError, since: "0.1.0",
        summary: "the users of the password file cannot log in while the directory server before it is down",
    }
}

const PROVIDER: Id = id("AuthBasicProvider");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut aliases = None;
    for place in policy.places() {
        let Some(own) = place.own(PROVIDER) else { continue };
        let Some(names) = basic_providers(place) else { continue };
        if own.directive.is_in_template() || names.len() < 2 {
            continue;
        }
        let aliases = aliases.get_or_insert_with(|| kinds(&policy.site));
        let kind = |name: &Value<'_>| -> Vec<u8> {
            let name = name.decoded();
            aliases.get(&*name).cloned().unwrap_or_else(|| name.into_owned())
        };
        let remote = names.iter().position(|name| matches!(&*kind(name), b"ldap" | b"dbd"));
        let file = names.iter().rposition(|name| kind(name) == b"file");
        let (Some(remote), Some(file)) = (remote, file) else { continue };
        if file < remote {
            continue;
        }
        let (far, near) = (names[remote], names[file]);
        let what = if &*kind(&far) == b"ldap" { "directory server" } else { "database" };
        let mut finding = RULE
            .at(far.location())
            .message(format!(
                "while the {what} of `{}` cannot be reached, every login is answered 500: `{}` behind it is not asked",
                far.lossy(),
                near.lossy()
            ))
            .label("ends the search when it fails")
            .related(near.location(), "is asked only about users that are unknown before");
        if file == remote + 1 && near.directive.id == far.directive.id {
            finding = finding.fix(
                Safety::Unsafe,
                format!("ask `{}` first", near.lossy()),
                vec![
                    Edit::replace(far.location(), near.raw()),
                    Edit::replace(near.location(), far.raw()),
                ],
            );
        } else {
            finding = finding.help(format!("name `{}` first", near.lossy()));
        }
        findings.push(given(finding, own.directive));
    }
}

/// What each `<AuthnProviderAlias>` stands for.
fn kinds(site: &Site<'_>) -> HashMap<Vec<u8>, Vec<u8>> {
    let aliases = super::reading::read_sections(site, "AuthnProviderAlias");
    aliases
        .filter_map(|alias| {
            let name = alias.arg(1)?.known()?.into_owned();
            Some((name, alias.arg(0)?.known()?.into_owned()))
        })
        .collect()
}
