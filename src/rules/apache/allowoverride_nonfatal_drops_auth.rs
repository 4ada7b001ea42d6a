//! `Nonfatal=Override` lets httpd drop what AllowOverride does not allow: a login, for one.

use super::reading::{Access, given};
use crate::config::apache::{Directive, Site};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::source::{Location, Span};

rule! {
    "apache/allowoverride-nonfatal-drops-auth" {
        reads: Apache, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "AllowOverride lets httpd drop the login of a .htaccess file: nobody has to log in",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (htaccess, children) in site.htaccess() {
        let Some((allowed, value)) = htaccess.allowed.iter().find_map(|allowed| {
            let value = allowed.overrides.as_ref()?;
            (allowed.certain && value.nonfatal_override).then_some((allowed, value))
        }) else {
            continue;
        };
        let dropped: Vec<Directive<'_>> = children
            .filter(|child| child.known().is_some_and(|known| value.drops(known)))
            .filter(|child| child.condition().is_certain())
            .collect();
        if !dropped.iter().any(|child| keeps_out(*child)) {
            continue;
        }
        let Some(first) = dropped.first().filter(|first| !first.is_in_template()) else { continue };
        let finding = RULE
            .at(first.location())
            .label("is dropped")
            .message("AllowOverride does not allow this, and Nonfatal lets httpd drop it without an error: nobody is kept out by this file")
            .help("add AuthConfig (for Order, Allow and Deny: Limit) to AllowOverride, or write the login into the server's configuration");
        let finding = match allowed.set_at {
            Some(at) => {
                let end = Location { span: Span::empty(at.span.end), ..at };
                let class =
                    if first.is("Order") || first.is("Deny") { "Limit" } else { "AuthConfig" };
                finding.related(at, "does not allow it").fix(
                    Safety::Unsafe,
                    format!("add {class} to AllowOverride"),
                    vec![Edit::insert(end, format!(" {class}"))],
                )
            }
            None => finding,
        };
        findings.push(given(finding, *first));
    }
}

/// Whether it keeps somebody out.
fn keeps_out(directive: Directive<'_>) -> bool {
    let granted = directive.arg(1).is_some_and(|word| word.is_ignoring_case(b"granted"));
    directive.is("Deny")
        || directive.is("Require") && !granted
        || super::reading::is_container(directive) && Access::of(directive).restricts
}
