//! `<Limit>` and `<LimitExcept>` take methods in capital letters, separated by blanks.

use super::methods::{meant, registered};
use super::reading::{given, read_sections, shown};
use crate::config::apache::Site;
use crate::diagnostic::{Edit, Effect, Findings, Safety};

rule! {
    "apache/limit-method-unknown" {
        reads: Apache, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "<Limit> names a method in small letters or misspelt, and nothing in it ever counts",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let registered = registered(site);
    for name in ["Limit", "LimitExcept"] {
        for limit in read_sections(site, name) {
            for word in limit.args() {
                let Some(text) = word.known() else { continue };
                let correct = if text.contains(&b',') {
                    let list = word.lossy().to_ascii_uppercase();
                    list.split(',')
                        .map(str::trim)
                        .filter(|word| !word.is_empty())
                        .collect::<Vec<_>>()
                        .join(" ")
                } else {
                    let Some(meant) = meant(&text) else { continue };
                    meant.to_owned()
                };
                if registered.contains(&*text) {
                    continue;
                }
                let why = if text.contains(&b',') {
                    "blanks separate methods"
                } else if correct.as_bytes().eq_ignore_ascii_case(&text) {
                    "letter case counts in methods"
                } else {
                    "there is no such method"
                };
                let finding = RULE.at(word.location());
                let (finding, then) = if limit.htaccess().is_some() {
                    (
                        finding.effect(Effect::ServerError),
                        "httpd refuses it in .htaccess, and every request to the folder is answered 500",
                    )
                } else if name == "Limit" {
                    (
                        finding,
                        "httpd takes it for a method of its own, which no client uses, and what the section asks for is never asked",
                    )
                } else {
                    (
                        finding.effect(Effect::Unwanted401),
                        "httpd takes it for a method of its own, which no client uses, and exempts no other",
                    )
                };
                let message = format!("`<{name}>` does not know {}, {why}: {then}", shown(word));
                let edits = vec![Edit::replace(word.location(), correct.clone())];
                let finding = finding.message(message).fix(
                    Safety::Unsafe,
                    format!("write `{correct}`"),
                    edits,
                );
                findings.push(given(finding, limit));
            }
        }
    }
}
