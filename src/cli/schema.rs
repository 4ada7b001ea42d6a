//! `lint401 schema`: the JSON Schemas of the report, of a trace, of a map, of a diff and of the settings.

use super::args::{SchemaArgs, SchemaOf};
use super::rules::print_json;
use super::{Failure, Status, settings};
use crate::report;

pub(super) fn run(args: &SchemaArgs) -> Result<Status, Failure> {
    print_json(&match args.of {
        SchemaOf::Output => report::schema(),
        SchemaOf::Trace => report::trace::schema(),
        SchemaOf::Logs => report::logs::schema(),
        SchemaOf::Map => report::map::schema(),
        SchemaOf::Users => report::map::users_schema(),
        SchemaOf::Diff => report::change::schema(),
        SchemaOf::Config => settings::schema(),
    })?;
    Ok(Status::Clean)
}
