//! The Reviewdog Diagnostic Format: one JSON object. Its columns count bytes.

use super::json::write_whole;
use super::{Report, words};
use crate::check::Reported;
use crate::config::Project;
use crate::diagnostic::{Fix, Safety, Severity};
use crate::source::{Location, SourceFile, Span};
use serde::{Serialize, Serializer};
use std::io::{self, Write};

/// How many further places a diagnostic names.
const PLACES: usize = 5;

/// The edits of a fix that lie further apart than this are no one suggestion, in bytes.
const LONGEST: u32 = 4096;

pub(super) fn write(report: Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let source = Source { name: env!("CARGO_PKG_NAME"), url: env!("CARGO_PKG_REPOSITORY") };
    write_whole(&DiagnosticResult { source, diagnostics: Diagnostics(report) }, out)
}

#[derive(Serialize)]
struct DiagnosticResult<'r> {
    source: Source,
    diagnostics: Diagnostics<'r>,
}

#[derive(Serialize)]
struct Source {
    name: &'static str,
    #[serde(skip_serializing_if = "str::is_empty")]
    url: &'static str,
}

/// Shaped one after the other while they are written.
struct Diagnostics<'r>(Report<'r>);

impl Serialize for Diagnostics<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let report = self.0;
        let errors = report.project.errors.iter().map(|trouble| Diagnostic {
            message: trouble.message.clone(),
            location: Place { path: &trouble.path, range: None },
            severity: "ERROR",
            code: None,
            suggestions: Vec::new(),
        });
        let findings = report.outcome.findings.iter().map(|one| Diagnostic::of(report, one));
        serializer.collect_seq(errors.chain(findings))
    }
}

#[derive(Serialize)]
struct Diagnostic<'r> {
    message: String,
    location: Place<'r>,
    severity: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Code>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion>,
}

#[derive(Serialize)]
struct Place<'r> {
    path: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
}

#[derive(Serialize)]
struct Code {
    value: &'static str,
    url: String,
}

#[derive(Serialize)]
struct Suggestion {
    range: Range,
    text: String,
}

/// The end is exclusive.
#[derive(Serialize)]
struct Range {
    start: Position,
    end: Position,
}

#[derive(Serialize)]
struct Position {
    line: u32,
    /// From 1, in bytes of the file.
    column: u32,
}

impl<'r> Diagnostic<'r> {
    fn of(report: Report<'r>, reported: &'r Reported) -> Self {
        let finding = &reported.finding;
        let at = finding.primary.at;
        let file = report.project.sources.get(at.file);
        let mut lines = words::lines(report, reported);
        lines.extend(words::places(report, reported, PLACES));
        Self {
            message: lines.join("\n"),
            location: Place { path: &file.name, range: Some(Range::of(file, at.span)) },
            severity: match finding.severity {
                Severity::Error => "ERROR",
                Severity::Warning => "WARNING",
                Severity::Info => "INFO",
            },
            code: Some(Code { value: finding.rule, url: crate::rules::url(finding.rule) }),
            suggestions: finding
                .fixes
                .iter()
                .filter(|fix| fix.safety != Safety::Manual)
                .filter_map(|fix| suggestion(report.project, fix, at))
                .collect(),
        }
    }
}

impl Range {
    fn of(file: &SourceFile, span: Span) -> Self {
        let position = |offset| {
            let lines = file.lines();
            let line = lines.line(offset);
            // a byte order mark is among the bytes of its line
            Position { line: line as u32 + 1, column: offset - lines.start(line) + 1 }
        };
        Self { start: position(span.start), end: position(span.end) }
    }
}

/// A fix as one replacement in the file of `home`, with what lies between its edits. None for a fix of several files, one
/// whose edits lie far apart, one around a secret, and one that is no text.
fn suggestion(project: &Project, fix: &Fix, home: Location) -> Option<Suggestion> {
    let file = project.sources.get(home.file);
    let span = fix.edits.iter().map(|edit| edit.at.span).reduce(Span::cover)?;
    let elsewhere = fix.edits.iter().any(|edit| edit.at.file != home.file);
    if elsewhere || span.len() > LONGEST || project.is_secret(Location::new(home.file, span)) {
        return None;
    }
    let mut text = Vec::new();
    let mut at = span.start;
    for edit in &fix.edits {
        text.extend_from_slice(Span::new(at, edit.at.span.start).of(file.bytes()));
        text.extend_from_slice(&edit.replacement);
        at = edit.at.span.end;
    }
    Some(Suggestion { range: Range::of(file, span), text: String::from_utf8(text).ok()? })
}
