//! Lists behind Require are separated by blanks; a comma is a part of the word.

use super::reading::{given, refused, shown};
use super::require::{Requirement, asking_where, is_expression};
use crate::config::apache::{Site, Value};
use crate::diagnostic::{Edit, Effect, Findings, Safety};

rule! {
    "apache/require-list-comma" {
        reads: Apache, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "a list behind Require is separated by commas, which httpd takes for parts of the names",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (provider, what, effect) in LISTS {
        for require in asking_where(site, &[provider], |require| require.words().any(holds_comma)) {
            look(&require, what, effect, findings);
        }
    }
}

/// The providers that take a list, what it is a list of, and what follows when it is not read as one.
const LISTS: [(&str, &str, Effect); 7] = [
    ("user", "user", Effect::Unwanted401),
    ("group", "group", Effect::Unwanted401),
    ("ip", "address", Effect::ServerError),
    ("method", "method", Effect::ServerError),
    ("host", "host", Effect::Unwanted403),
    ("forward-dns", "host", Effect::Unwanted403),
    ("env", "variable", Effect::Unwanted403),
];

fn look(require: &Requirement<'_>, what: &str, effect: Effect, findings: &mut Findings) {
    let Some(word) = require.words().find(|word| holds_comma(*word)) else {
        return;
    };
    let why = if effect == Effect::ServerError {
        format!("{} is no {what}: {}", shown(word), refused(require.directive))
    } else {
        format!(
            "httpd looks for a {what} with the name {}, comma included, and never finds one",
            shown(word)
        )
    };
    let finding = RULE
        .at(word.location())
        .effect(effect)
        .message(format!("blanks separate a list behind Require: {why}"));
    let mut edits = Vec::new();
    for word in require.words().filter(|word| holds_comma(*word)) {
        let text = word.lossy().replace(',', " ");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        edits.push(Edit::replace(word.location(), text));
    }
    findings.push(given(
        finding.fix(Safety::Unsafe, "write blanks for the commas", edits),
        require.directive,
    ));
}

/// Whether a word is meant as several, or as one that ends there.
fn holds_comma(word: Value<'_>) -> bool {
    // names of certificates have commas of their own: `/C=DE/O=Example, Ltd./CN=alice`
    !word.word.is_quoted()
        && word.known().is_some_and(|text| {
            text.contains(&b',') && !text.contains(&b'=') && !is_expression(&text)
        })
}
