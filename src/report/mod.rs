//! What a run found, written down: one file an output format, each with shapes of its own.
//!
//! Whatever the files hold is somebody else's text: secrets are masked, and no control character reaches a terminal.

mod concise;
mod full;
mod json;
mod json_lines;
mod patch;
mod summary;
mod text;
pub mod trace;
mod window;

pub use json::schema;
pub use text::visible;

use crate::check::Outcome;
use crate::config::Project;
use crate::diagnostic::Severity;
use std::io::{self, Write};

/// An output format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people: the lines of the files, what is wrong with them, and the mend.
    Full,
    /// One line a finding, as compilers write them.
    Concise,
    /// One JSON object.
    Json,
    /// One JSON object a finding, each on a line.
    JsonLines,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Full, Self::Concise, Self::Json, Self::JsonLines];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::JsonLines => "json-lines",
        }
    }
}

/// What there is to report.
#[derive(Clone, Copy, Debug)]
pub struct Report<'r> {
    /// What was read.
    pub project: &'r Project,
    /// What was found.
    pub outcome: &'r Outcome,
}

/// How text for people looks.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Whether it is coloured.
    pub color: bool,
    /// How many columns there are.
    pub width: usize,
    /// Whether there is nothing but findings: no figures, no summary.
    pub quiet: bool,
    /// Whether the findings of each rule are counted at the end.
    pub statistics: bool,
}

/// Writes a report. `look` concerns the formats for people only.
pub fn write(
    format: Format,
    report: Report<'_>,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Full => full::write(report, look, out),
        Format::Concise => concise::write(report, look, out),
        Format::Json => json::write(report, out),
        Format::JsonLines => json_lines::write(report, out),
    }
}

/// How often each rule speaks, most often first.
pub fn statistics(report: Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    summary::statistics(report, out)
}

/// `1 error`, `3 warnings`, `2 info`.
fn counted(count: usize, severity: Severity) -> String {
    match (severity, count) {
        (Severity::Info, _) | (_, 1) => format!("{count} {}", severity.name()),
        _ => format!("{count} {}s", severity.name()),
    }
}

#[cfg(test)]
mod tests;
