//! A directive in a block that may not hold it: nginx stops reading at it.

use crate::config::nginx::Site;
use crate::diagnostic::Findings;
use crate::grammar::Origin;
use crate::grammar::nginx::{Body, Contexts, Usage, all};
use std::collections::HashSet;

rule! {
    "nginx/directive-not-allowed-here" {
        reads: Nginx, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a directive stands in a block that may not hold it, and nginx does not start",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    let others = families(*site);
    // what stands in a misplaced block is misplaced with it
    let mut misplaced = None;
    for (directive, contexts) in site.placed(|known, _, contexts| !known.contexts().meets(contexts))
    {
        if misplaced.is_some_and(|(inclusion, end)| {
            inclusion == directive.inclusion && directive.id.0 < end
        }) {
            continue;
        }
        let Some(known) = directive.known() else { continue };
        let allowed = known.contexts();
        if contexts.meets(Contexts::OTHER) || !known.is_core() {
            continue;
        }
        let is_theirs =
            |usage: &Usage| others.iter().any(|family| usage.module.starts_with(family));
        if known.usages.iter().any(is_theirs) {
            continue;
        }
        let at = directive.name_value().location();
        if !directive.is_certainly_here()
            || !directive.is_as_written()
            || !told.insert((at.file, at.span.start))
        {
            continue;
        }
        misplaced = Some((directive.inclusion, directive.node().end));
        let name = known.name;
        let finding = RULE
            .at(at)
            .message(format!("`{name}` is not allowed in {contexts}, and nginx does not start"))
            .label("not allowed here")
            .help(format!("`{name}` can stand in {allowed}"));
        findings.push(match directive.parent() {
            Some(block) => finding.related(block.words_location(), "in this block"),
            None => finding,
        });
    }
}

/// The modules of others that have blocks of their own here, such as `ngx_rtmp_`: where such a module has a directive of
/// the same name as nginx, what it allows is its own affair.
fn families(site: Site<'_>) -> Vec<&'static str> {
    let blocks =
        all().iter().flat_map(|known| known.usages.iter().map(move |usage| (known, usage)));
    blocks
        // `rtmp`, but not the `server` in it, of which nginx has its own
        .filter(|(known, usage)| {
            !known.is_core()
                && usage.origin != Origin::Core
                && usage.body == Body::Directives(Contexts::OTHER)
        })
        .filter(|(known, _)| site.directives(known.name).next().is_some())
        .filter_map(|(_, usage)| {
            usage.module.match_indices('_').nth(1).map(|(end, _)| &usage.module[..=end])
        })
        .collect()
}
