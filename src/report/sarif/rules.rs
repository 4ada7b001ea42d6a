//! The rules as SARIF lists them: all of them in every run, so that the list never hangs on what was found.

use crate::diagnostic::{Effect, Severity};
use crate::rules::{self, Rule};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ReportingDescriptor {
    id: &'static str,
    /// For programs that show names: `NginxBasicOffMisspelt`.
    name: String,
    short_description: Text,
    full_description: Text,
    help: Help,
    help_uri: String,
    default_configuration: Configuration,
    properties: Properties,
}

#[derive(Serialize)]
pub(super) struct Text {
    pub(super) text: String,
}

#[derive(Serialize)]
struct Help {
    text: &'static str,
    markdown: &'static str,
}

#[derive(Serialize)]
struct Configuration {
    enabled: bool,
    level: &'static str,
}

/// What GitHub reads besides.
#[derive(Serialize)]
struct Properties {
    tags: Vec<&'static str>,
    precision: &'static str,
    #[serde(rename = "problem.severity")]
    problem_severity: &'static str,
    /// Makes an alert of every result a security alert: only for what leaves something open.
    #[serde(rename = "security-severity", skip_serializing_if = "Option::is_none")]
    security_severity: Option<&'static str>,
}

/// All rules, by name.
pub(super) fn all() -> Vec<ReportingDescriptor> {
    rules::all().map(ReportingDescriptor::of).collect()
}

/// A severity in SARIF's words.
pub(super) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

impl ReportingDescriptor {
    fn of(rule: &'static Rule) -> Self {
        let severity = rule.severity.unwrap_or(Severity::Info);
        let is_open = rule.effect == Effect::NotEnforced;
        let mut tags = vec![rule.family(), rule.effect.name()];
        if is_open {
            tags.push("security");
        }
        Self {
            id: rule.name,
            name: pascal_case(rule.name),
            short_description: Text { text: sentence(rule.summary) },
            full_description: Text { text: what_happens(rule) },
            help: Help { text: rule.page, markdown: rule.page },
            help_uri: rules::url(rule.name),
            default_configuration: Configuration {
                enabled: rule.severity.is_some(),
                level: level(severity),
            },
            properties: Properties {
                tags,
                precision: match severity {
                    Severity::Error => "very-high",
                    Severity::Warning => "high",
                    Severity::Info => "medium",
                },
                problem_severity: match severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                    Severity::Info => "recommendation",
                },
                security_severity: is_open.then_some(match severity {
                    Severity::Error => "7.5",
                    Severity::Warning => "5.0",
                    Severity::Info => "3.0",
                }),
            },
        }
    }
}

/// The summary, and what the page says of what happens, up to its first example.
fn what_happens(rule: &Rule) -> String {
    let after = rule.page.split_once("## What happens").map_or("", |(_, rest)| rest);
    let lines = after.lines().skip_while(|line| line.is_empty());
    let paragraph: Vec<&str> = lines.take_while(|line| !line.is_empty()).collect();
    let first = sentence(rule.summary);
    if paragraph.is_empty() || paragraph[0].starts_with(['`', '#']) {
        return first;
    }
    format!("{first} {}", sentence(&paragraph.join(" ")))
}

/// `text` with a capital letter in front and a dot behind.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().filter(char::is_ascii_lowercase);
    // the name of a directive is written as it is
    let word = text.split([' ', ',']).next().unwrap_or_default();
    let mut out = match first {
        Some(first) if !word.contains(['_', '/']) => {
            first.to_ascii_uppercase().to_string() + chars.as_str()
        }
        _ => text.to_owned(),
    };
    if !out.ends_with(['.', '!', '?']) {
        out.push('.');
    }
    out
}

/// `nginx/basic-off-misspelt` as `NginxBasicOffMisspelt`.
fn pascal_case(name: &str) -> String {
    let words = name.split(['/', '-']).filter(|word| !word.is_empty());
    words.map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect()
}

#[cfg(test)]
mod tests {
    use super::{pascal_case, sentence};

    #[test]
    fn names_and_sentences() {
        assert_eq!(pascal_case("nginx/basic-off-misspelt"), "NginxBasicOffMisspelt");
        assert_eq!(sentence("a login in http"), "A login in http.");
        assert_eq!(sentence("auth_basic names a realm"), "auth_basic names a realm.");
        assert_eq!(sentence("`off` is meant"), "`off` is meant.");
    }
}
