//! Without its closing quote a word runs to the end of the line, and httpd does not mind.

use super::reading::read;
use super::require::requirement;
use crate::config::apache::{Directive, Site};
use crate::diagnostic::{Effect, Findings, Severity};
use crate::syntax::WordFlags;

rule! {
    "apache/unclosed-quote" {
        reads: Apache, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "a quote is not closed, and the rest of the line is one name",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let is_open = |directive: &Directive<'_>| {
        let last = directive.args().next_back();
        last.is_some_and(|word| word.word.flags.has(WordFlags::UNCLOSED))
    };
    for directive in read(site, "Require").filter(is_open) {
        let Some(require) = requirement(directive) else { continue };
        let last = require.words.last().filter(|word| word.word.flags.has(WordFlags::UNCLOSED));
        let Some(word) = last else { continue };
        let provider = require.provider.lossy();
        let finding =
            RULE.at(word.location()).label("is not closed").help("close the quote behind the name");
        let several = word.decoded().trim_ascii().contains(&b' ');
        let finding = if several {
            finding.message(format!(
                "the quote is not closed: httpd takes {} for one name, which no {provider} has",
                super::reading::shown(*word)
            ))
        } else {
            finding
                .severity(Severity::Info)
                .effect(Effect::Hygiene)
                .message("the quote is not closed: httpd closes it at the end of the line")
        };
        findings.push(super::reading::given(finding, directive));
    }
}
