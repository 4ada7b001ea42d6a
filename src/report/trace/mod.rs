//! What becomes of one request: the story for people, and one JSON object for programs.

mod full;
mod json;

pub use crate::policy::mask::Mask;
pub use full::full;
pub use json::{json, json_line, json_line_error, schema};

use super::window;
use crate::config::Project;
use crate::policy::answer::Prediction;
use crate::policy::mask::Masked;
use crate::policy::request::Request;
use crate::source::Location;

/// A request with what becomes of it.
#[derive(Clone, Copy, Debug)]
pub struct Trace<'t> {
    /// What was read.
    pub project: &'t Project,
    /// What no output shows.
    pub mask: &'t Mask<'t>,
    /// The URL, as the user wrote it.
    pub url: &'t str,
    /// The request.
    pub request: &'t Request,
    /// What becomes of it.
    pub prediction: &'t Prediction,
}

impl<'t> Trace<'t> {
    fn masked(self) -> Masked<'t> {
        self.mask.with(self.request)
    }
}

/// The words at a place as they stand there, up to the end of the first line; secrets masked, control characters made
/// visible.
#[must_use]
pub fn words(project: &Project, at: Location) -> String {
    let file = project.sources.get(at.file);
    let bytes = file.bytes();
    let end = (at.span.end as usize).min(bytes.len());
    let start = (at.span.start as usize).min(end);
    let mut words = bytes[start..end].to_vec();
    window::mask(project, at.file, start as u32, &mut words);
    let line = words.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let mut text = window::show(line).0.trim_end().to_owned();
    if line.len() < words.len() {
        text.push_str(" …");
    }
    text
}
