//! The bytes that no output shows.

use super::Project;
use crate::source::Span;

/// The secret bytes of every file, by the file's number, ascending and apart.
#[must_use]
pub fn of(project: &Project) -> Vec<Vec<Span>> {
    vec![Vec::new(); project.sources.len()]
}
