//! A list of a folder leaves out what the client may not see.

use super::reading::given;
use crate::config::apache::{Condition, Directive};
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Kind, Policy};
use std::collections::HashMap;

rule! {
    "apache/autoindex-hides-protected" {
        reads: ApachePolicy, severity: Info, effect: Hygiene, since: "0.1.0",
        summary: "the list of a folder leaves out the folders in it that need a login",
    }
}

const OPTIONS: Id = id("Options");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let shown = policy.site.values_with(b"ShowForbidden").next().is_some();
    if policy.is_open()
        || shown
        || policy.site.directives("IndexOptions").any(Directive::is_in_template)
    {
        return;
    }
    let mut lists = HashMap::new();
    for place in policy.places().filter(|place| place.kind() == Kind::Directory) {
        for own in place.all(&[OPTIONS]) {
            let directive = own.directive;
            let on = directive.args().any(|word| {
                let text = word.decoded();
                text.strip_prefix(b"+").unwrap_or(&text).eq_ignore_ascii_case(b"Indexes")
            });
            if let Some(folder) = place.folder().filter(|_| on) {
                lists.insert(folder, directive);
            }
        }
    }
    if lists.is_empty() {
        return;
    }
    for place in policy.places() {
        if !matches!(place.kind(), Kind::Directory | Kind::Htaccess) {
            continue;
        }
        let Some(leaf) = place.own_login() else {
            continue;
        };
        let Some(folder) = place.folder() else { continue };
        let trimmed = folder.strip_suffix(b"/").unwrap_or(&folder);
        let Some(slash) = memchr::memrchr(b'/', trimmed) else { continue };
        let Some(&list) = lists.get(&folder[..=slash]) else { continue };
        if list.condition() != Condition::Yes || !place.asks_for_login() {
            continue;
        }
        lists.remove(&folder[..=slash]);
        let name = String::from_utf8_lossy(&trimmed[slash + 1..]).into_owned();
        let finding = RULE
            .at(list.location())
            .message(format!("the list leaves out {name}/, as clients without a login may not see it: nobody finds the way to it"))
            .label("lists the folder")
            .related(leaf.directive.location(), "needs a login")
            .help("write `IndexOptions ShowForbidden` where the list is to name it");
        findings.push(given(finding, list));
    }
}
