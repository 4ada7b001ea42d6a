//! GitLab's code quality report: a JSON array, an object a finding.

use super::json::Escaped;
use super::{Report, text::visible, words};
use crate::check::Reported;
use crate::config::Trouble;
use crate::diagnostic::Severity;
use serde::{Serialize, Serializer};
use std::io::{self, Write};

pub(super) fn write(report: Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut out = Escaped(out);
    let mut json = serde_json::Serializer::pretty(&mut out);
    let errors = report.project.errors.iter().map(Issue::of_trouble);
    let findings = report.outcome.findings.iter().map(|reported| Issue::of(report, reported));
    json.collect_seq(errors.chain(findings))?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Issue<'r> {
    description: String,
    check_name: &'r str,
    /// Unlike any other of the report, and the same from one run to the next.
    fingerprint: String,
    severity: &'static str,
    location: Place<'r>,
}

#[derive(Serialize)]
struct Place<'r> {
    path: &'r str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

impl<'r> Issue<'r> {
    fn of(report: Report<'r>, reported: &'r Reported) -> Self {
        let finding = &reported.finding;
        let at = finding.primary.at;
        let file = report.project.sources.get(at.file);
        Self {
            description: words::lines(report, reported).join("; "),
            check_name: finding.rule,
            fingerprint: format!("{:016x}", reported.fingerprint),
            severity: match finding.severity {
                Severity::Error => "critical",
                Severity::Warning => "major",
                Severity::Info => "info",
            },
            location: Place {
                path: &file.name,
                lines: Lines {
                    begin: file.position(at.span.start).line,
                    end: file.position(at.span.end).line,
                },
            },
        }
    }

    fn of_trouble(trouble: &'r Trouble) -> Self {
        Self {
            description: visible(&trouble.message).into_owned(),
            check_name: "lint401/unreadable",
            fingerprint: format!("unreadable:{}", trouble.path),
            severity: "blocker",
            location: Place { path: &trouble.path, lines: Lines { begin: 1, end: 1 } },
        }
    }
}
