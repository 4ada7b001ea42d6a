//! AllowOverride lets httpd read the .htaccess file, but not all that is in it: that is an error, not an omission.

use super::htaccess::is_listed;
use super::reading::given;
use crate::config::apache::{Allowed, Condition, Site};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::grammar::apache::{Directive as Known, Overrides};
use crate::source::{Location, Span};
use std::collections::HashSet;

rule! {
    "apache/allowoverride-lacks-class" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "AllowOverride does not allow what .htaccess says: every request there is answered 500",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for (directive, contexts) in site.placed_in_htaccess() {
        let Some(known) = directive.known().filter(|_| contexts.htaccess) else { continue };
        let classes = known.overrides();
        if classes == Overrides::NONE || !known.is_core() || !directive.is_as_written() {
            continue;
        }
        let Some(htaccess) = directive.htaccess() else { continue };
        let Some(allowed) = htaccess.allowed.iter().find(|allowed| refuses(allowed, known)) else {
            continue;
        };
        // httpd stops at the first one
        if directive.condition() == Condition::No || !told.insert((htaccess.file, classes)) {
            continue;
        }
        let wanted = names(classes);
        let finding = RULE
            .at(directive.location())
            .message(format!(
                "{} needs AllowOverride {}: every request to the folder is answered 500",
                known.name,
                wanted.join(" or ")
            ))
            .label("not allowed by AllowOverride")
            .help(format!("add {} to AllowOverride", wanted.join(" or ")));
        let finding = match allowed.set_at {
            Some(at) => {
                let end = Location { span: Span::empty(at.span.end), ..at };
                finding.related(at, "allows other classes").fix(
                    Safety::Unsafe,
                    format!("add {} to AllowOverride", wanted[0]),
                    vec![Edit::insert(end, format!(" {}", wanted[0]))],
                )
            }
            None => finding,
        };
        findings.push(given(finding, directive));
    }
}

/// Whether httpd reads the file and certainly stops at this directive.
fn refuses(allowed: &Allowed, known: &Known) -> bool {
    allowed.certain
        && allowed.overrides.as_ref().is_some_and(|value| {
            !value.is_none()
                && !value.nonfatal_override
                && !value.classes.meets(known.overrides())
                && !is_listed(value, known)
        })
}

fn names(classes: Overrides) -> Vec<&'static str> {
    Overrides::NAMED
        .iter()
        .filter(|(class, _)| class.meets(classes))
        .map(|&(_, name)| name)
        .collect()
}
