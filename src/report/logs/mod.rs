//! Refusals in logs, and what gave each: for people, and one JSON object for programs.

mod full;
mod json;

pub use full::full;
pub use json::{json, schema};

use crate::config::Project;
use crate::logs::Why;
use crate::source::Location;

/// The name of a cause in JSON.
const fn name(why: Why) -> &'static str {
    match why {
        Why::Directive => "directive",
        Why::OneOf => "one-of",
        Why::Elsewhere => "elsewhere",
        Why::Passed(_) => "passed",
        Why::Otherwise(_) => "otherwise",
        Why::Nobody => "no-server",
    }
}

/// `words` of the configuration at a place, masked.
fn words(project: &Project, at: Location) -> String {
    super::trace::words(project, at)
}
