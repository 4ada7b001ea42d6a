//! What a run found, written down: one file an output format, each with shapes of its own.
//!
//! Whatever the files hold is somebody else's text: secrets are masked, and no control character reaches a terminal.

pub mod change;
mod checkstyle;
mod concise;
pub mod diff;
mod full;
mod github;
mod gitlab;
mod json;
mod json_lines;
mod junit;
pub mod logs;
pub mod map;
mod markdown;
mod patch;
mod rdjson;
mod sarif;
mod summary;
mod text;
pub mod trace;
mod window;
mod words;
mod xml;

pub use full::exchange;
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
    /// For a comment on a merge request.
    Markdown,
    /// SARIF 2.1.0, as GitHub's code scanning reads it.
    Sarif,
    /// Commands of GitHub's workflow runner.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// JUnit's XML.
    Junit,
    /// Checkstyle's XML.
    Checkstyle,
    /// The Reviewdog Diagnostic Format.
    Rdjson,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Full,
        Self::Concise,
        Self::Json,
        Self::JsonLines,
        Self::Markdown,
        Self::Sarif,
        Self::Github,
        Self::Gitlab,
        Self::Junit,
        Self::Checkstyle,
        Self::Rdjson,
    ];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Concise => "concise",
            Self::Json => "json",
            Self::JsonLines => "json-lines",
            Self::Markdown => "markdown",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Junit => "junit",
            Self::Checkstyle => "checkstyle",
            Self::Rdjson => "rdjson",
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
        Format::Markdown => markdown::write(report, out),
        Format::Sarif => sarif::write(report, out),
        Format::Github => github::write(report, out),
        Format::Gitlab => gitlab::write(report, out),
        Format::Junit => junit::write(report, out),
        Format::Checkstyle => checkstyle::write(report, out),
        Format::Rdjson => rdjson::write(report, out),
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
