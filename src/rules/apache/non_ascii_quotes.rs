//! Typographic quotes are letters for httpd: they group nothing and become a part of the value.

use super::reading::{given, refused};
use crate::config::apache::{Condition, Directive, Site, Value};
use crate::diagnostic::{Edit, Effect, Finding, Findings, Safety};
use crate::grammar::apache::Args;
use crate::rules::typography::{quote_at_end, quote_at_start};
use crate::source::Span;

rule! {
    "apache/non-ascii-quotes" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a value stands between typographic quotes, which are ordinary letters for httpd",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let mut last = None;
    for (directive, word) in site.values_where(|text| memchr::memchr2_iter(0xE2, 0xC2, text)) {
        let place = (directive.inclusion, directive.id);
        if word.word.is_quoted() || quote_at_start(word.raw()).is_none() || last == Some(place) {
            continue;
        }
        last = Some(place);
        let read = directive.inclusions().find(|one| one.condition() != Condition::No);
        if let Some(directive) = read {
            findings.push(given(finding(directive, word.index()), directive));
        }
    }
}

fn finding(directive: Directive<'_>, opening: usize) -> Finding {
    let args: Vec<Value<'_>> = directive.args().collect();
    let closing = (opening..args.len()).find(|&index| {
        let raw = args[index].raw();
        let alone = index == opening && quote_at_start(raw) == Some(raw.len());
        !alone && quote_at_end(raw).is_some()
    });
    let last = closing.unwrap_or(opening);
    let first_span = args[opening].word.span;
    let last_span = args[last].word.span;
    let at = first_span.cover(last_span);
    let counted = directive.known().and_then(|known| known.usages.first()).map(|usage| usage.args);
    let too_many = matches!(counted, Some(count @ Args::Count(_)) if !count.accepts(args.len()));
    let name = directive.name();
    let finding = RULE.at(directive.at(at));
    let finding = if too_many {
        let words = args.len();
        finding.message(format!(
            "typographic quotes quote nothing: {name} gets {words} arguments, and {}",
            refused(directive)
        ))
    } else {
        finding
            .message(format!(
                "typographic quotes quote nothing: they are a part of what {name} gets"
            ))
            .effect(effect(directive))
    };
    let finding = finding.help("write the quotes as `\"`");
    let source = directive.source();
    let inside = Span::new(first_span.start, last_span.end).of(source.text());
    let (Some(_), Some(start), Some(end)) =
        (closing, quote_at_start(args[opening].raw()), quote_at_end(args[last].raw()))
    else {
        return finding;
    };
    if source.template().is_some() || inside.iter().any(|byte| matches!(byte, b'"' | b'\\')) {
        return finding;
    }
    let start = Span::new(first_span.start, first_span.start + start as u32);
    let end = Span::new(last_span.end - end as u32, last_span.end);
    let edits =
        vec![Edit::replace(directive.at(start), "\""), Edit::replace(directive.at(end), "\"")];
    finding.fix(Safety::Unsafe, "write ASCII quotes", edits)
}

/// What happens to requests when a value is not what it was meant to be.
fn effect(directive: Directive<'_>) -> Effect {
    match () {
        () if directive.is("Require") => Effect::Unwanted401,
        () if directive.is("AuthUserFile") || directive.is("AuthGroupFile") => Effect::ServerError,
        () => Effect::Hygiene,
    }
}
