//! A directive in a section that may not hold it: httpd stops reading at it.

use super::reading::given;
use crate::config::apache::{Condition, Directive, Placed, Site};
use crate::diagnostic::Findings;
use crate::grammar::apache::{Overrides, Places};
use std::collections::HashSet;

rule! {
    "apache/directive-not-allowed-here" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a directive stands in a section that may not hold it, and httpd does not start",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    const AUTH: Overrides = Overrides::AUTH_CONFIG.or(Overrides::LIMIT);
    let mut told = HashSet::new();
    let is_wrong = |placed: &Placed<'_>| {
        placed.known.is_some_and(|known| {
            let places = known.places();
            // what belongs to a login and stands outside of sections is a mistake of its own
            let is_auth = places == Places::DIRECTORY && known.overrides().meets(AUTH);
            let allowed = places.meets(placed.contexts.places);
            !allowed && !is_auth && !placed.contexts.htaccess && known.is_core()
        })
    };
    let containers = ["RequireAll", "RequireAny", "RequireNone"].into_iter();
    let refused = containers.flat_map(|name| site.sections(name)).flat_map(inside);
    let refused = refused.filter(|one| one.htaccess().is_none() && one.refused_by().is_some());
    for directive in site.placed().filter(is_wrong).flat_map(Placed::directives).chain(refused) {
        let Some(known) = directive.known() else { continue };
        let places = known.places();
        let at = directive.location();
        if !directive.is_certainly_here()
            || !directive.is_as_written()
            || directive.condition() == Condition::No
            || !told.insert((at.file, at.span.start))
        {
            continue;
        }
        let name = if known.section { format!("<{}>", known.name) } else { known.name.to_owned() };
        let finding = RULE.at(at).label("not allowed here").help(match directive.refused_by() {
            Some(section) => format!(
                "write it outside of <{}>: in there only what is about logins can stand",
                section.name()
            ),
            None => format!("{name} can stand {}", allowed(places)),
        });
        let finding = match directive.section() {
            Some(section) => finding
                .message(format!(
                    "{name} is not allowed in <{}>: httpd does not start",
                    section.name()
                ))
                .related(section.location(), "in this section"),
            None => finding.message(format!(
                "{name} is not allowed outside of a section: httpd does not start"
            )),
        };
        findings.push(given(finding, directive));
    }
}

/// What stands in a container, and in the `<Limit>` sections in it.
fn inside(container: Directive<'_>) -> impl Iterator<Item = Directive<'_>> {
    container.children().flat_map(|child| {
        let is_limit = child.is_section("Limit") || child.is_section("LimitExcept");
        let inner = is_limit.then(|| child.children());
        std::iter::once(child).chain(inner.into_iter().flatten())
    })
}

/// Where it can stand, for people.
fn allowed(places: Places) -> &'static str {
    match (
        places.meets(Places::SERVER),
        places.meets(Places::VHOST),
        places.meets(Places::DIRECTORY),
    ) {
        (true, false, _) => "only at the top level, outside of every section",
        (_, _, true) => "in <Directory>, <Location> and their like",
        _ if places.meets(Places::PROXY) => "at the top level, in <VirtualHost> and in <Proxy>",
        _ => "at the top level and in <VirtualHost>",
    }
}
