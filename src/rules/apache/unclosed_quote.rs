//! Without its closing quote a word runs to the end of the line, and httpd does not mind.

use super::reading::{given, shown};
use super::require::requirement;
use crate::config::apache::{Directive, Site, Value};
use crate::diagnostic::{Effect, Finding, Findings, Severity};

rule! {
    "apache/unclosed-quote" {
        reads: Apache, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "a quote is not closed, and the rest of the line is one name",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for word in site.unclosed_values() {
        let Some(directive) = word.directive.as_read() else { continue };
        let finding = if directive.is("Require") {
            in_require(directive, word)
        } else {
            elsewhere(directive, word)
        };
        if let Some(finding) = finding {
            findings.push(given(finding, directive));
        }
    }
}

/// In a Require: several names become one.
fn in_require(directive: Directive<'_>, word: Value<'_>) -> Option<Finding> {
    let require = requirement(directive)?;
    require.words().next_back()?;
    let provider = require.provider.lossy();
    let finding =
        RULE.at(word.location()).label("is not closed").help("close the quote behind the name");
    let several = word.decoded().trim_ascii().contains(&b' ');
    Some(if several {
        finding.message(format!(
            "the quote is not closed: httpd takes {} for one name, which no {provider} has",
            shown(word)
        ))
    } else {
        finding
            .severity(Severity::Info)
            .effect(Effect::Hygiene)
            .message("the quote is not closed: httpd closes it at the end of the line")
    })
}

/// The directives that look for more words behind a pattern, and the place of that pattern.
const NEEDING_MORE: [(&str, usize); 4] =
    [("SetEnvIf", 1), ("SetEnvIfNoCase", 1), ("BrowserMatch", 0), ("BrowserMatchNoCase", 0)];

/// In other directives httpd takes what the line still has, which mostly is what was meant.
fn elsewhere(directive: Directive<'_>, word: Value<'_>) -> Option<Finding> {
    let known = directive.known().filter(|known| known.is_core())?;
    // a text behind one quote, as it was written for httpd 1.3, and templates, which may fill the other quote in
    if directive.is("ErrorDocument") || directive.is_in_template() || !directive.is_as_written() {
        return None;
    }
    let finding =
        RULE.at(word.location()).label("is not closed").help("close the quote behind the value");
    if NEEDING_MORE.contains(&(known.name, word.index())) {
        return Some(finding.effect(Effect::ServerError).message(format!(
            "the quote is not closed: httpd takes the rest of the line for the pattern of {}, finds no variable behind it, and {}",
            known.name,
            if directive.htaccess().is_some() {
                "answers every request to the folder 500"
            } else {
                "does not start"
            }
        )));
    }
    let message = if word.decoded().trim_ascii().contains(&b' ') {
        format!("the quote is not closed: httpd takes {} for one value", shown(word))
    } else {
        "the quote is not closed: httpd closes it at the end of the line".to_owned()
    };
    Some(finding.severity(Severity::Info).effect(Effect::Hygiene).message(message))
}
