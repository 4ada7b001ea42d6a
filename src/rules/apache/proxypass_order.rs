//! The first ProxyPass that fits wins, so a longer path behind a shorter one is never used.

use super::reading::{follows, given, shown};
use crate::config::apache::{Children, Condition, Directive, Site};
use crate::diagnostic::Findings;
use std::collections::HashMap;

rule! {
    "apache/proxypass-order" {
        reads: Apache, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "a ProxyPass stands behind one whose path covers it and is never used",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    look(site.top(), findings);
    for host in site.section_occurrences("VirtualHost") {
        if host.condition() != Condition::No {
            look(host.children(), findings);
        }
    }
}

/// The ProxyPass directives of one server.
fn look(children: Children<'_>, findings: &mut Findings) {
    let mut earlier: HashMap<Vec<u8>, Directive<'_>> = HashMap::new();
    for directive in children.filter(|child| child.is("ProxyPass")) {
        // with one argument it stands in a <Location>; `~` is a regular expression
        let (Some(path), Some(target)) = (directive.arg(0), directive.arg(1)) else { continue };
        let Some(text) = path.known() else { continue };
        if !text.starts_with(b"/") {
            continue;
        }
        let text = squeezed(&text);
        let first = covers(&text)
            .find_map(|prefix| earlier.get(prefix).filter(|&&first| follows(directive, first)));
        if let Some(first) = first {
            let covering = first.arg(0).map(shown).unwrap_or_default();
            let message = if target.is(b"!") {
                format!(
                    "this exception is never used: `ProxyPass` {covering} stands before it, and the first that fits wins"
                )
            } else {
                format!(
                    "this is never used: `ProxyPass` {covering} stands before it, and the first that fits wins"
                )
            };
            let finding = RULE
                .at(directive.location())
                .message(message)
                .help("put longer paths and exceptions before shorter ones")
                .related(first.location(), format!("takes every request below {covering}"));
            findings.push(given(finding, directive));
        } else {
            earlier.entry(text).or_insert(directive);
        }
    }
}

/// A path with one slash for several, as `alias_match` compares it.
fn squeezed(path: &[u8]) -> Vec<u8> {
    let mut squeezed = path.to_vec();
    squeezed.dedup_by(|a, b| *a == b'/' && *b == b'/');
    squeezed
}

/// The paths that cover this one: each part of it that ends before a slash, behind one, or at its end.
fn covers(path: &[u8]) -> impl Iterator<Item = &[u8]> {
    (1..=path.len())
        .filter(|&end| end == path.len() || path[end] == b'/' || path[end - 1] == b'/')
        .map(|end| &path[..end])
}
