//! A `<RequireAll>` of negated members only never lets anybody in.

use super::reading::{given, is_container, is_limit, is_unknown, read_sections, refused};
use super::require::{Container, container, requirement};
use crate::config::apache::{Directive, Site};
use crate::diagnostic::{Effect, Findings};

rule! {
    "apache/require-only-negative" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a <RequireAll> holds negated Requires only, or a container none at all, and httpd refuses it",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for name in ["RequireAll", "RequireAny", "RequireNone"] {
        for empty in read_sections(site, name).filter(|section| is_empty(*section)) {
            // where a <RequireNone> may not stand at all, that is said elsewhere
            let in_all = |section: Directive<'_>| match container(section) {
                Container::Explicit(around) => around.is_section("RequireAll"),
                Container::Implicit | Container::Unknown => false,
            };
            if name == "RequireNone" && !in_all(empty) {
                continue;
            }
            let message = format!("there is no Require in this `<{name}>`: {}", refused(empty));
            let finding = RULE
                .at(empty.location())
                .message(message)
                .help("write what it is to ask for, or remove it");
            findings.push(given(finding, empty));
        }
    }
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

/// Whether certainly nothing stands in it that httpd reads (`add_authz_section`).
fn is_empty(section: Directive<'_>) -> bool {
    section.children().next().is_none() && section.is_as_written() && section.is_certainly_here()
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
