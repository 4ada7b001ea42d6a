//! An expression that httpd cannot read.

use super::expression::fault;
use super::reading::{given, read_sections, refused};
use super::require::asking;
use crate::config::apache::{Directive, Site};
use crate::diagnostic::Findings;
use crate::source::{Location, Span};

rule! {
    "apache/expr-syntax" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "an expression behind Require expr or <If> has an error, and the configuration is refused",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for asked in asking(site, &["expr"]) {
        let require = asked.directive;
        let ends = (asked.words().next(), asked.words().next_back());
        let (Some(first), Some(last)) = ends else { continue };
        let mut span = Span::new(first.location().span.start, last.location().span.end);
        let text = span.of(require.source().text());
        // quotes around all of it are taken away, and nothing in it is unescaped
        if text.len() > 1 && text.starts_with(b"\"") && text.ends_with(b"\"") {
            span = Span::new(span.start + 1, span.end - 1);
        }
        look(require, span, findings);
    }
    for name in ["If", "ElseIf"] {
        for section in read_sections(site, name) {
            let mut words = section.args();
            let (Some(word), None) = (words.next(), words.next()) else { continue };
            let span = word.word.inner();
            // an escape in the word shifts what httpd reads
            if *word.decoded() == *span.of(section.source().text()) {
                look(section, span, findings);
            }
        }
    }
}

fn look(directive: Directive<'_>, span: Span, findings: &mut Findings) {
    let text = span.of(directive.source().text());
    let is_plain = !text.contains(&b'\n') && memchr::memmem::find(text, b"${").is_none();
    if !is_plain || directive.is_in_template() {
        return;
    }
    let Some(fault) = fault(text) else { return };
    let at = Span::new(span.start + fault.at.start as u32, span.start + fault.at.end as u32);
    let message =
        format!("httpd cannot read this expression, {}: {}", fault.what, refused(directive));
    let finding =
        RULE.at(Location::new(directive.location().file, at)).message(message).help(fault.help);
    findings.push(given(finding, directive));
}
