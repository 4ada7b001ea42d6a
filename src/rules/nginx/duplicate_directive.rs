//! A directive that sets one value is there twice in a block: nginx stops reading at the second.

use crate::config::nginx::{Directive, Site, inside};
use crate::diagnostic::{Edit, Finding, Findings, Safety};
use crate::grammar::nginx::{COUNT, Contexts};
use crate::syntax::NodeKind;
use std::collections::HashSet;

rule! {
    "nginx/duplicate-directive" {
        reads: Nginx, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a directive is set twice in one block, and nginx does not start",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    // by directive: the block, counted from 1, that it was last seen in, and where
    let mut seen: Vec<(usize, Option<Directive<'_>>)> = vec![(0, None); COUNT];
    let mut told = HashSet::new();
    let around = site.data.inclusions.first().map_or(Contexts::ANY, |main| main.contexts);
    let mut blocks: Vec<(Option<Directive<'_>>, Contexts)> = vec![(None, around)];
    let mut next = 0;
    while let Some(&(block, contexts)) = blocks.get(next) {
        next += 1;
        for directive in block.map_or_else(|| site.top(), Directive::children) {
            let Some(known) = directive.known() else { continue };
            if directive.node().kind == NodeKind::Block {
                blocks.push((Some(directive), inside(Some(known), contexts)));
            }
            if !known.is_once_in(contexts) || !directive.is_certainly_here() {
                continue;
            }
            match seen[known.id.index()] {
                (block, Some(first)) if block == next => {
                    let (first, again) = apart(first, directive);
                    let at = again.location();
                    if told.insert((at.file, at.span.start)) {
                        findings.push(finding(known.name, first, again));
                    }
                }
                _ => seen[known.id.index()] = (next, Some(directive)),
            }
        }
    }
}

/// The two places that differ: of one line that is included twice, the two includes.
fn apart<'p>(mut first: Directive<'p>, mut again: Directive<'p>) -> (Directive<'p>, Directive<'p>) {
    while first.location() == again.location() {
        let (Some(one), Some(other)) = (first.included_by(), again.included_by()) else { break };
        (first, again) = (one, other);
    }
    (first, again)
}

fn finding(name: &str, first: Directive<'_>, again: Directive<'_>) -> Finding {
    let finding = RULE
        .at(again.words_location())
        .message(format!("`{name}` is set twice in this block, and nginx does not start"))
        .label(if again.is(name) { "set again" } else { "brings it in again" })
        .related(
            first.words_location(),
            if first.is(name) { "set first" } else { "brings it in first" },
        )
        .help(format!("keep one `{name}` in the block"));
    let is_alone = again.inclusions().nth(1).is_none();
    if !again.is(name) || !is_alone {
        return finding;
    }
    let words = |directive: Directive<'_>| -> Vec<_> {
        directive.args().map(|value| value.decoded().into_owned()).collect()
    };
    let safety = if words(first) == words(again) { Safety::Safe } else { Safety::Unsafe };
    finding.fix(safety, "remove the second", vec![Edit::delete(again.lines_location())])
}
