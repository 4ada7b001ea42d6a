//! Order, Allow, Deny and Satisfy are mod_access_compat's, which a server of these days often does not load.

use super::htaccess::is_read;
use super::reading::{consequence, given, read};
use crate::config::apache::{Directive, ModuleState, Site};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::source::FileId;
use std::collections::BTreeMap;

rule! {
    "apache/compat-directive-without-module" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "Order, Allow, Deny or Satisfy is written and mod_access_compat is not loaded: the configuration is refused",
    }
}

const NAMES: [&str; 4] = ["Order", "Allow", "Deny", "Satisfy"];

fn check(site: &Site<'_>, findings: &mut Findings) {
    let modules = &site.data.modules;
    if site.module("access_compat_module") != ModuleState::NotLoaded
        || site.module("authz_core_module") != ModuleState::Loaded
        || modules.has_strangers()
    {
        return;
    }
    // httpd stops at the first one of a file
    let mut files: BTreeMap<FileId, Vec<Directive<'_>>> = BTreeMap::new();
    for directive in NAMES.into_iter().flat_map(|name| read(site, name)) {
        if !directive.is_in_template() && is_read(directive) {
            files.entry(directive.location().file).or_default().push(directive);
        }
    }
    for mut all in files.into_values() {
        all.sort_by_key(|directive| directive.location().span.start);
        let Some(&first) = all.first() else { continue };
        let more = match all.len() {
            1 => String::new(),
            count => format!(", as are {} more lines of this file", count - 1),
        };
        let mut finding = RULE
            .at(first.location())
            .message(format!(
                "{} is mod_access_compat's, which is not loaded{more}: {}",
                first.name(),
                consequence(first.htaccess().is_some())
            ))
            .help("write Require: `Require all granted` for `Allow from all`, `Require all denied` for `Deny from all`; or load the module");
        if let Some(edits) = rewritten(&all) {
            finding = finding.fix(Safety::Unsafe, "write Require for Order, Allow and Deny", edits);
        }
        findings.push(given(finding, first));
    }
}

/// The lines as Require, where every section of them says just `all`.
fn rewritten(all: &[Directive<'_>]) -> Option<Vec<Edit>> {
    let mut sections: BTreeMap<Option<u32>, Vec<Directive<'_>>> = BTreeMap::new();
    for &directive in all {
        let parent = directive.node().parent.map(|id| id.0);
        sections.entry(parent).or_default().push(directive);
    }
    let mut edits = Vec::new();
    for lines in sections.into_values() {
        // a Require of the section's own would be an alternative to the new one
        if lines.first()?.siblings().any(|child| child.name().starts_with("Require")) {
            return None;
        }
        let [order, list] = *lines.as_slice() else { return None };
        let all = list.arg(1).is_some_and(|word| word.is_ignoring_case(b"all"));
        if !order.is("Order") || !all || list.arg(2).is_some() {
            return None;
        }
        let granted = match (order.says(b"allow,deny"), order.says(b"deny,allow")) {
            (true, _) => list.is("Allow"),
            (_, true) => !list.is("Deny"),
            _ => return None,
        };
        if list.is("Satisfy") {
            return None;
        }
        let line = if granted { "Require all granted" } else { "Require all denied" };
        edits.push(Edit::replace(order.location(), line));
        edits.push(Edit::delete(list.location()));
    }
    Some(edits)
}
