//! A directive that takes one value, twice in one section: the second one replaces the first.

use super::reading::{Place, follows, given, is_container, is_limit, place, read};
use crate::config::apache::{Directive, Site};
use crate::diagnostic::{Effect, Findings};

rule! {
    "apache/directive-overwritten" {
        reads: Apache, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "a second AuthUserFile, AuthType or their like in the same section replaces the first",
    }
}

/// The directives, and what the first one would have brought.
const SINGLE: [(&str, &str); 8] = [
    ("AuthUserFile", "the users of the first file are unknown"),
    ("AuthGroupFile", "the groups of the first file are unknown"),
    ("AuthDBMUserFile", "the users of the first file are unknown"),
    ("AuthDBMGroupFile", "the groups of the first file are unknown"),
    ("AuthLDAPURL", "the users of the first directory are unknown"),
    ("AuthExternal", "the first program is never asked"),
    ("AuthType", "the first scheme is never used"),
    ("AuthName", "the first realm is never sent"),
];

/// Whether each of these directives stands in a section of its own, as far as their lines show it: then no two count together.
fn is_once_a_section(site: &Site<'_>, name: &str) -> bool {
    let mut last = None;
    site.directives(name).all(|directive| {
        let section = directive.node().parent.map(|parent| directive.beside(parent));
        let place = section.map(|section| (section.location().file, section.id));
        // written in the order of the sections: no section comes twice
        let is_next = place > last;
        last = place;
        is_next
            && section.is_some_and(|it| !it.is_conditional() && !is_container(it) && !is_limit(it))
    })
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (name, loss) in SINGLE {
        if is_once_a_section(site, name) {
            continue;
        }
        let mut placed: Vec<(Place, Directive<'_>)> =
            read(site, name).map(|directive| (place(directive), directive)).collect();
        // those of one place beside each other, in the order of the file; mostly they are so already
        placed.sort_by_key(|&(place, _)| place);
        for pair in placed.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
            let (earlier, directive) = (pair[0].1, pair[1].1);
            let values = (earlier.arg(0), directive.arg(0));
            let (Some(first), Some(second)) = values else { continue };
            let known = (first.known(), second.known());
            let (Some(first), Some(second)) = known else { continue };
            if first == second || !follows(earlier, directive) || directive.is_in_template() {
                continue;
            }
            let finding = RULE
                .at(earlier.location())
                .message(format!("a second `{name}` in the same section replaces this one: {loss}"))
                .related(directive.location(), "this one counts")
                .help(if name == "AuthUserFile" {
                    "put all users into one file, or name each file in an <AuthnProviderAlias> and list the aliases in AuthBasicProvider"
                } else {
                    "keep the one that is meant"
                });
            let finding =
                if name == "AuthName" { finding.effect(Effect::Hygiene) } else { finding };
            findings.push(given(finding, earlier));
        }
    }
}
