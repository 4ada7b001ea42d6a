//! `Require env` knows no `!`: it is taken for a part of the variable's name.

use super::reading::{given, shown};
use super::require::{Container, asking, container};
use crate::config::apache::Site;
use crate::diagnostic::{Edit, Findings, Safety};

rule! {
    "apache/require-env-negated" {
        reads: Apache, severity: Error, effect: Unwanted403, since: "0.1.0",
        summary: "Require env has a ! before the variable, which httpd takes for a part of its name",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for require in asking(site, &["env"]) {
        for word in require.words() {
            let Some(name) = word.known() else { continue };
            let Some(variable) = name.strip_prefix(b"!") else { continue };
            let variable = String::from_utf8_lossy(variable).into_owned();
            let message = format!(
                "`Require env` looks for a variable with the name {}, which never exists: nobody meets it",
                shown(word)
            );
            let finding = RULE.at(word.location()).message(message);
            let in_all = matches!(container(require.directive), Container::Explicit(section) if section.is_section("RequireAll"));
            let finding = if in_all && require.words().len() == 1 && !require.negated {
                let edits = vec![
                    Edit::insert(require.provider.location(), "not "),
                    Edit::replace(word.location(), variable.clone()),
                ];
                finding.fix(Safety::Unsafe, format!("write `Require not env {variable}`"), edits)
            } else {
                finding.help(format!("write `Require expr \"! reqenv('{variable}') == '1'\"` with the variable's value, or `Require not env {variable}` in a <RequireAll>"))
            };
            findings.push(given(finding, require.directive));
        }
    }
}
