//! `${NAME}` without a Define stays as it is written.

use super::reading::{given, read};
use crate::config::apache::{Form, Site};
use crate::diagnostic::{Findings, Severity, closest};
use std::collections::HashSet;

rule! {
    "apache/undefined-variable" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "the path of a password file has a variable that nothing defines",
    }
}

/// More names than are searched for the one that is meant.
const MOST: usize = 256;

fn check(site: &Site<'_>, findings: &mut Findings) {
    if site.data.form != Form::Main || site.includes_unknown() {
        return;
    }
    let defined: Vec<String> =
        read(site, "Define").filter_map(|define| Some(define.arg(0)?.lossy())).collect();
    let lower: HashSet<String> = defined.iter().map(|name| name.to_ascii_lowercase()).collect();
    for name in ["AuthUserFile", "AuthGroupFile"] {
        for directive in read(site, name) {
            let Some(value) =
                directive.arg(0).filter(|value| value.known().is_none() && !value.is_templated())
            else {
                continue;
            };
            let unknown = value.variables().find(|name| {
                let text = String::from_utf8_lossy(name);
                !text.starts_with("APACHE_") && !lower.contains(&text.to_ascii_lowercase())
            });
            let Some(variable) = unknown.map(|name| String::from_utf8_lossy(name).into_owned())
            else {
                continue;
            };
            let message = format!(
                "nothing defines `{variable}`, so the path keeps `${{{variable}}}` as it is written: httpd does not find the file and answers logins 500"
            );
            let finding = RULE.at(value.location()).message(message);
            let meant = closest(&variable, defined.iter().take(MOST).map(String::as_str));
            let finding = match meant {
                Some(meant) => {
                    finding.help(format!("write `${{{meant}}}`, or `Define {variable}` above"))
                }
                None => finding.help(format!("write `Define {variable}` and its value above")),
            };
            let finding = finding
                .severity(Severity::Warning)
                .depends_on(format!("whether httpd's environment has {variable} when it starts"));
            findings.push(given(finding, directive));
        }
    }
}
