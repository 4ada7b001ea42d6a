//! `Require all` takes one of two words, and compares all of the line behind it with them.

use super::reading::{given, refused};
use super::require::asking;
use crate::config::apache::Site;
use crate::diagnostic::{Edit, Findings, Safety, near_miss};
use crate::source::{Location, Span};

rule! {
    "apache/require-all-argument" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "Require all says neither granted nor denied, and the configuration is refused",
    }
}

const WORDS: [&str; 2] = ["granted", "denied"];

fn check(site: &Site<'_>, findings: &mut Findings) {
    for require in asking(site, &["all"]) {
        let directive = require.directive;
        let (Some(first), Some(last)) = (require.words().next(), require.words().next_back())
        else {
            let message = format!(
                "`Require all` says neither `granted` nor `denied`: {}",
                refused(directive)
            );
            let finding = RULE
                .at(directive.location())
                .message(message)
                .help("write `Require all granted` or `Require all denied`");
            findings.push(given(finding, directive));
            continue;
        };
        // text behind a `#` is no comment; that is another mistake
        let is_comment = require.words().any(|word| word.raw().starts_with(b"#"));
        // a word in brackets stands for one that a program fills in
        let is_placeholder = first.raw().iter().any(|byte| b"{}<>@%$[]".contains(byte));
        if is_comment || is_placeholder || require.words().any(|word| word.known().is_none()) {
            continue;
        }
        let is_one = require.words().len() == 1 && !first.word.is_quoted();
        if is_one && WORDS.iter().any(|word| first.is_ignoring_case(word.as_bytes())) {
            continue;
        }
        let at = first.location();
        let at = Location::new(at.file, Span::new(at.span.start, last.location().span.end));
        let written = String::from_utf8_lossy(
            &directive.source().text()[at.span.start as usize..at.span.end as usize],
        )
        .into_owned();
        let message = format!(
            "`Require all` takes `granted` or `denied` and nothing else, not `{written}`: {}",
            refused(directive)
        );
        let mut finding = RULE.at(at).message(message);
        if let Some(word) =
            near_miss(&first.decoded(), WORDS).filter(|_| require.words().len() == 1)
        {
            finding = finding.fix(
                Safety::Unsafe,
                format!("write `{word}`"),
                vec![Edit::replace(at, word)],
            );
        } else if require.words().len() > 1 {
            finding = finding.help("write each Require on a line of its own");
        } else {
            finding = finding.help("write `Require all granted` to let everybody in, `Require all denied` to keep everybody out");
        }
        findings.push(given(finding, directive));
    }
}
