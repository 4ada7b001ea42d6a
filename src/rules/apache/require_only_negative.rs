//! A `<RequireAll>` of negated members only never lets anybody in.

use super::reading::{given, is_container, is_limit, is_unknown, read_sections};
use super::require::requirement;
use crate::config::apache::{Directive, Site};
use crate::diagnostic::{Effect, Findings};

rule! {
    "apache/require-only-negative" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a <RequireAll> holds negated Requires only and lets nobody in",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for all in read_sections(site, "RequireAll") {
        if !is_negative(all) {
            continue;
        }
        let finding = RULE.at(all.location());
        let htaccess = all.htaccess().is_some();
        let finding = if htaccess { finding.effect(Effect::Unwanted403) } else { finding };
        let what = if htaccess { "every request is answered 403" } else { "httpd does not start" };
        let message = format!(
            "negated Requires only take away, and nothing in this `<RequireAll>` lets anybody in: {what}"
        );
        let help = "add what lets people in: `Require all granted`, or `Require valid-user`";
        findings.push(given(finding.message(message).help(help), all));
    }
}

/// Whether it has members, and all of them are negated for certain.
fn is_negative(all: Directive<'_>) -> bool {
    let mut members = 0;
    let mut open = vec![all.children()];
    while let Some(children) = open.last_mut() {
        let Some(child) = children.next() else {
            open.pop();
            continue;
        };
        if is_limit(child) {
            open.push(child.children());
        } else if child.is("Require") {
            match requirement(child) {
                Some(require) if require.negated => members += 1,
                _ => return false,
            }
        } else if child.is_section("RequireNone") {
            members += 1;
        } else if is_container(child) || is_unknown(child) || child.known().is_none() {
            return false;
        }
    }
    members > 0
}
