//! `lint401 explain RULE`: the rule's page.

use super::args::{ExplainArgs, ListFormat};
use super::{Failure, Status, print};
use crate::check::meant_rule;
use crate::rules;

pub(super) fn run(args: &ExplainArgs) -> Result<Status, Failure> {
    let Some(rule) = rules::find(&args.rule) else {
        let meant = meant_rule(&args.rule)
            .map_or("; `lint401 rules` lists them".to_owned(), |meant| {
                format!(", did you mean `{meant}`?")
            });
        return Err(Failure::new(format!("no rule is named `{}`{meant}", args.rule)));
    };
    match args.output_format {
        ListFormat::Full => print(|out| writeln!(out, "{}", rule.page.trim_end()))?,
        ListFormat::Json => super::rules::print_json(&super::rules::JsonRule::with_page(rule))?,
    }
    Ok(Status::Clean)
}
