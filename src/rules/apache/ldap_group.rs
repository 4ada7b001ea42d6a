//! `Require ldap-group` names a group by its distinguished name.

use super::reading::given;
use super::require::{asking, is_expression};
use crate::config::apache::{Site, Value};
use crate::diagnostic::Findings;

rule! {
    "apache/ldap-group" {
        reads: Apache, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "Require ldap-group names no distinguished name, and nobody is in such a group",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for require in asking(site, &["ldap-group"]) {
        let [first, ..] = &*require.words().collect::<Vec<_>>() else { continue };
        let words: Option<Vec<_>> = require.words().map(Value::known).collect();
        let Some(words) = words else { continue };
        let text = words.join(&b' ');
        // quotes are another mistake
        if text.contains(&b'=') || is_expression(&text) || first.raw().starts_with(b"\"") {
            continue;
        }
        let finding = RULE
            .at(first.location())
            .message("this is no distinguished name: nobody is in such a group, and right passwords are answered 401")
            .label("names no entry of the directory")
            .help(format!(
                "write the group's whole name: `Require ldap-group cn={},ou=groups,dc=example,dc=com`",
                String::from_utf8_lossy(&text)
            ));
        findings.push(given(finding, require.directive));
    }
}
