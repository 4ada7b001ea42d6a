//! `lint401 rules`: the list of rules.

use super::args::{ListFormat, RulesArgs};
use super::{Failure, Status, print};
use crate::rules::{self, Rule};
use serde::Serialize;

pub(super) fn run(args: &RulesArgs) -> Result<Status, Failure> {
    match args.output_format {
        ListFormat::Full => table()?,
        ListFormat::Json => print_json(&rules::all().map(JsonRule::of).collect::<Vec<_>>())?,
    }
    Ok(Status::Clean)
}

/// One line a rule, in columns.
fn table() -> Result<(), Failure> {
    let name = rules::all().map(|rule| rule.name.len()).max().unwrap_or(0);
    print(|out| {
        for rule in rules::all() {
            let severity = severity(rule);
            let effect = rule.effect.name();
            writeln!(out, "{:name$}  {severity:7}  {effect:12}  {}", rule.name, rule.summary)?;
        }
        Ok(())
    })
}

fn severity(rule: &Rule) -> &'static str {
    rule.severity.map_or("off", |severity| severity.name())
}

/// A rule as a program reads it.
#[derive(Serialize)]
pub(super) struct JsonRule {
    rule: &'static str,
    severity: &'static str,
    effect: &'static str,
    since: &'static str,
    summary: &'static str,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<&'static str>,
}

impl JsonRule {
    fn of(rule: &Rule) -> Self {
        Self {
            rule: rule.name,
            severity: severity(rule),
            effect: rule.effect.name(),
            since: rule.since,
            summary: rule.summary,
            url: rules::url(rule.name),
            page: None,
        }
    }

    pub(super) fn with_page(rule: &Rule) -> Self {
        Self { page: Some(rule.page), ..Self::of(rule) }
    }
}

pub(super) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    print(|out| {
        serde_json::to_writer_pretty(&mut *out, value)?;
        writeln!(out)
    })
}
