//! `Require ldap-group` takes all of the line for the distinguished name, quotes included.

use super::reading::given;
use super::require::asking;
use crate::config::apache::Site;
use crate::diagnostic::{Edit, Findings, Safety};

rule! {
    "apache/ldap-group-quoted" {
        reads: Apache, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "the distinguished name behind Require ldap-group is quoted, and the quotes become a part of it",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    const PROVIDERS: [&str; 3] = ["ldap-group", "ldap-dn", "ldap-filter"];
    for require in asking(site, &PROVIDERS) {
        let asks = PROVIDERS.into_iter().find(|name| require.asks(name));
        let (Some(provider), [word]) = (asks, &*require.words().collect::<Vec<_>>()) else {
            continue;
        };
        if !word.word.is_quoted() || word.known().is_none() {
            continue;
        }
        let what = if provider == "ldap-filter" { "filter" } else { "distinguished name" };
        let message = format!(
            "`Require {provider}` takes the quotes for a part of the {what}: nobody meets it, and every right password is answered 401"
        );
        let finding = RULE.at(word.location()).message(message).fix(
            Safety::Unsafe,
            "remove the quotes",
            vec![Edit::replace(word.location(), word.lossy())],
        );
        findings.push(given(finding, require.directive));
    }
}
