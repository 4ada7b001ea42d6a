//! A backslash continues a line only directly before the line end: with a blank behind it, it is an argument.

use super::reading::{given, refused};
use crate::config::apache::{Condition, Directive, Site, Value};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::grammar::apache::{lookup, lookup_section};
use crate::source::Span;

rule! {
    "apache/continuation-trailing-space" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a blank stands behind the backslash that was to continue the line",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (directive, last) in site.values_with(b"\\") {
        let is_last = last.index() + 1 == directive.args().len();
        if !is_last || !last.raw().ends_with(b"\\") || last.word.is_quoted() {
            continue;
        }
        let Some((blanks, next)) = behind(last) else { continue };
        // `C:\share\ ` is a path; a word on the next line that is no directive shows what was meant
        let alone = last.raw() == b"\\";
        let next = next.of(directive.source().text());
        if !alone && (next.is_empty() || is_directive(next)) {
            continue;
        }
        let read = directive.inclusions().find(|one| one.condition() != Condition::No);
        let Some(directive) = read else { continue };
        findings.push(given(finding(directive, last, blanks, next), directive));
    }
}

fn finding(
    directive: Directive<'_>,
    last: Value<'_>,
    blanks: Span,
    next: &[u8],
) -> crate::diagnostic::Finding {
    let name = directive.name();
    let then = refused(directive);
    let message = if next.is_empty() || is_directive(next) {
        format!(
            "the blank behind the backslash keeps it from continuing the line: httpd takes it for an argument of {name}"
        )
    } else {
        let next = String::from_utf8_lossy(next).into_owned();
        format!(
            "the blank behind the backslash keeps it from continuing the line, and `{next}` is no directive: {then}"
        )
    };
    let finding = RULE
        .at(directive.at(last.word.span.cover(blanks)))
        .message(message)
        .help("write the backslash as the very last character of the line");
    if directive.is_in_template() {
        return finding;
    }
    let edit = Edit::delete(directive.at(blanks));
    finding.fix(Safety::Unsafe, "remove the blanks behind the backslash", vec![edit])
}

/// The blanks between a word and the end of its line, and the first word of the next line; `None` when there are none.
fn behind(last: Value<'_>) -> Option<(Span, Span)> {
    let source = last.directive.source();
    let text = source.text();
    let start = last.word.span.end;
    let rest = Span::new(start, text.len() as u32).of(text);
    let line = &rest[..memchr::memchr(b'\n', rest)?];
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.is_empty() || !line.iter().all(|byte| matches!(byte, b' ' | b'\t')) {
        return None;
    }
    let blanks = Span::new(start, start + line.len() as u32);
    let next = &rest[memchr::memchr(b'\n', rest)? + 1..];
    let indent = next.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let word = next[indent..].iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
    let from = (text.len() - next.len() + indent) as u32;
    Some((blanks, Span::new(from, from + word as u32)))
}

fn is_directive(word: &[u8]) -> bool {
    word.starts_with(b"#")
        || match word.strip_prefix(b"<") {
            Some(section) => section.starts_with(b"/") || lookup_section(section).is_some(),
            None => lookup(word).is_some(),
        }
}
