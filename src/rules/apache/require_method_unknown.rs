//! `Require method` takes the methods that httpd knows, in capital letters.

use super::methods::{meant, registered};
use super::reading::{given, refused, shown};
use super::require::asking;
use crate::config::apache::Site;
use crate::diagnostic::{Edit, Findings, Safety};

rule! {
    "apache/require-method-unknown" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "Require method names no method that httpd knows, and the configuration is refused",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let registered = registered(site);
    for require in asking(site, &["method"]) {
        for word in require.words() {
            let Some(text) = word.known() else { continue };
            if text.starts_with(b"#") {
                break;
            }
            let Some(meant) = meant(&text) else { continue };
            if registered.contains(&*text) {
                continue;
            }
            let why = if meant.as_bytes().eq_ignore_ascii_case(&text) {
                "letter case counts in methods"
            } else {
                "there is no such method"
            };
            let message = format!(
                "`Require method` does not know {}, {why}: {}",
                shown(word),
                refused(require.directive)
            );
            let finding = RULE.at(word.location()).message(message).fix(
                Safety::Unsafe,
                format!("write `{meant}`"),
                vec![Edit::replace(word.location(), meant)],
            );
            findings.push(given(finding, require.directive));
        }
    }
}
