//! A value with a blank or a `;` and without quotes is several arguments or directives, and nginx stops reading at it.

use super::arguments::{TEXTS, miscounted, one_text};
use crate::config::nginx::{Directive, Site};
use crate::diagnostic::{Edit, Finding, Findings, Safety};
use crate::source::{Location, Span};
use crate::syntax::{NodeId, NodeKind};

rule! {
    "nginx/unquoted-argument" {
        reads: Nginx, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a value with a blank or a semicolon lacks its quotes, and nginx does not start",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for wrong in miscounted(*site) {
        let Some(text) = wrong.text else { continue };
        let name = wrong.directive.name();
        let message = format!(
            "`{name}` takes {} and gets {}: the value has a blank and no quotes, and nginx does not start",
            wrong.takes,
            wrong.directive.args().len()
        );
        findings.push(finding(wrong.directive, text, message));
    }
    for (name, number, flag) in TEXTS {
        for directive in site.directives(name) {
            let count = directive.args().len();
            let has_more = !flag.is_empty() && count > number;
            if !(has_more || is_before_a_stranger(directive)) || !directive.is_as_written() {
                continue;
            }
            let takes = directive.known().and_then(|known| known.args_in(directive.contexts()));
            if count < number || takes.is_none_or(|takes| !takes.accepts(count)) {
                continue;
            }
            let Some(first) = directive.arg(number - 1).filter(|word| !word.word.is_quoted())
            else {
                continue;
            };
            let last = directive.arg(count - 1).unwrap_or(first);
            let no_flag = has_more && !last.is(flag.as_bytes());
            let (end, message) = match behind(directive, flag) {
                Some((next, end)) => (
                    end,
                    format!(
                        "the `;` in this value ends `{name}`: nginx takes `{next}` for a directive, and does not start"
                    ),
                ),
                None if no_flag => (
                    last.word.span.end,
                    format!(
                        "only `{flag}` can stand behind the value of `{name}`: the value has a blank and no quotes, and nginx does not start"
                    ),
                ),
                None => continue,
            };
            if let Some(text) = one_text(directive, Span::new(first.word.span.start, end)) {
                findings.push(finding(directive, text, message));
            }
        }
    }
}

fn finding(directive: Directive<'_>, text: Span, message: String) -> Finding {
    let at = directive.at(text);
    let behind = Location::new(at.file, Span::empty(text.end));
    RULE.at(at).message(message).label("one value").help("quote the value").fix(
        Safety::Safe,
        "quote the value",
        vec![Edit::insert(at, "\""), Edit::insert(behind, "\"")],
    )
}

/// Whether a name that the tables lack stands behind a directive.
fn is_before_a_stranger(directive: Directive<'_>) -> bool {
    let index = directive.node().end;
    let next = Directive { id: NodeId(index), ..directive };
    index < directive.tree().nodes.len() as u32 && next.known().is_none()
}

/// What stands on the same line behind a directive and is no directive but the rest of its value, `mode=block` or
/// `includeSubDomains`: the first name, and the end of it all without `flag`.
fn behind(directive: Directive<'_>, flag: &str) -> Option<(String, u32)> {
    let (tree, source) = (directive.tree(), directive.source());
    let mut rest = None;
    let mut before = directive.node();
    for index in directive.node().end..tree.nodes.len() as u32 {
        let next = Directive { id: NodeId(index), ..directive };
        let node = next.node();
        let gap = Span::new(before.span.end, node.span.start);
        let name = next.name();
        let is_name = name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if node.kind != NodeKind::Simple
            || node.parent != before.parent
            || next.known().is_some()
            || (is_name && rest.is_none())
            || source.slice(gap).contains(&b'\n')
            || !next.is_as_written()
        {
            break;
        }
        let (first, _) = rest.unwrap_or_else(|| (name.into_owned(), 0));
        let last = tree.words(next.id).iter().rev();
        let last = last.map(|word| word.span).find(|span| source.slice(*span) != flag.as_bytes());
        rest = last.map(|last| (first, last.end));
        before = node;
    }
    rest
}
