//! A 401 that is kept: after one request without a password, nobody gets in until it is old enough.

use super::caches::{asked, shared};
use crate::config::nginx::{Directive, Value};
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::policy::nginx::Policy;
use std::collections::HashSet;

rule! {
    "nginx/cache-401" {
        reads: NginxPolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "a 401 is cached under a key that is the same for everybody, and valid logins are answered with it",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for cached in shared(policy) {
        let passing = cached.passing;
        let asked = asked(passing);
        for line in passing.place.list(&[cached.names.valid]).directives {
            let mut codes: Vec<Value<'_>> = line.args().collect();
            codes.pop();
            let refused: Vec<_> =
                codes.iter().copied().filter(|code| code.is(b"401") || code.is(b"403")).collect();
            let names_401 = refused.iter().any(|code| code.is(b"401"));
            let any = codes.iter().any(|code| code.is(b"any"));
            // `any` is usual for files; with a login behind, it keeps the 401 as well
            let concerns =
                names_401 || any && (asked.is_some() || passing.place.is_auth_location());
            if !concerns || !line.is_certainly_here() || !told.insert(line.words_location()) {
                continue;
            }
            let mut finding = RULE
                .at(line.words_location())
                .message("a 401 is kept in the cache: after one request without a login, everybody is answered with it, with the right password as well")
                .label("keeps 401")
                .related(cached.key.unwrap_or(cached.zone).words_location(), "found by a key that is the same for everybody")
                .help("keep only answers to everybody: `200 301 404`; or put the proof into the key");
            if let Some(asked) = asked {
                finding = finding.related(asked.words_location(), "answers 401");
            }
            if names_401 {
                finding = finding.fix(
                    Safety::Safe,
                    "do not keep 401 and 403",
                    removal(line, &codes, &refused),
                );
            } else if !passing.place.is_auth_location() {
                finding = finding.severity(Severity::Warning);
            }
            findings.push(finding);
        }
    }
}

/// Takes the refused codes off the line, or the line where no other is on it.
fn removal(line: Directive<'_>, codes: &[Value<'_>], refused: &[Value<'_>]) -> Vec<Edit> {
    if codes.len() == refused.len() {
        return vec![Edit::delete(line.lines_location())];
    }
    let words = line.words_location();
    let text = line.source().bytes();
    let edits = refused.iter().map(|code| {
        let at = code.location();
        let mut span = at.span;
        // with the blank before it
        while span.start > words.span.start
            && matches!(text.get(span.start as usize - 1), Some(b' ' | b'\t'))
        {
            span.start -= 1;
        }
        Edit::delete(crate::source::Location::new(at.file, span))
    });
    edits.collect()
}
