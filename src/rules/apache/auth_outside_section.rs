//! Authentication and authorization belong to folders and locations: httpd does not take them outside of sections.

use super::reading::given;
use crate::config::apache::{Condition, Directive, Placed, Site};
use crate::diagnostic::Findings;
use crate::grammar::apache::{Overrides, Places};
use std::collections::{HashMap, HashSet};

rule! {
    "apache/auth-outside-section" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a login or Require stands outside of every section, and httpd does not start",
    }
}

/// How many further directives of one block a finding points at.
const PLACES: usize = 4;

fn check(site: &Site<'_>, findings: &mut Findings) {
    const AUTH: Overrides = Overrides::AUTH_CONFIG.or(Overrides::LIMIT);
    let is_wrong = |placed: &Placed<'_>| {
        placed.known.is_some_and(|known| {
            let is_auth = known.places() == Places::DIRECTORY && known.overrides().meets(AUTH);
            let allowed = known.places().meets(placed.contexts.places);
            !allowed && is_auth && !placed.contexts.htaccess && known.is_core()
        })
    };
    let mut wrong: Vec<_> = site.placed().filter(is_wrong).flat_map(Placed::directives).collect();
    wrong.sort_by_key(|directive| (directive.location().file, directive.inclusion, directive.id));
    let mut told = HashSet::new();
    // one finding for all that stands in one block
    let mut blocks = HashMap::new();
    let mut found = Vec::new();
    for directive in wrong {
        let Some(known) = directive.known() else { continue };
        let at = directive.location();
        if !directive.is_certainly_here()
            || !directive.is_as_written()
            || directive.condition() == Condition::No
            || !told.insert((at.file, at.span.start))
        {
            continue;
        }
        let parent = directive.parent().map(Directive::location);
        let block = parent.map_or((at.file, None), |parent| (parent.file, Some(parent.span.start)));
        match blocks.get(&block) {
            None => {
                blocks.insert(block, found.len());
                found.push((directive, known, Vec::new()));
            }
            Some(&first) => {
                let (.., more): &mut (_, _, Vec<_>) = &mut found[first];
                if more.len() < PLACES {
                    more.push(at);
                }
            }
        }
    }
    for (directive, known, more) in found {
        let name = if known.section { format!("<{}>", known.name) } else { known.name.to_owned() };
        let place = match directive.section() {
            Some(host) => format!("directly in <{}>", host.name()),
            None => "outside of every section".to_owned(),
        };
        let mut finding = RULE
            .at(directive.location())
            .message(format!("{name} stands {place}, where httpd does not take it: httpd does not start"))
            .label("belongs to a folder or location")
            .help("put it into the <Directory> or <Location> that is meant; `<Location \"/\">` is everything");
        for at in more {
            finding = finding.related(at, "and so does this");
        }
        findings.push(given(finding, directive));
    }
}
