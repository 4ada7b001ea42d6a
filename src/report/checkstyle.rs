//! Checkstyle's XML: an element a file, and in it one a finding.

use super::xml::escaped;
use super::{Report, words};
use crate::check::Reported;
use std::io::{self, Write};

/// The version of Checkstyle whose reports look like this; programs that read them compare it.
const VERSION: &str = "4.3";

pub(super) fn write(report: Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<checkstyle version=\"{VERSION}\">")?;
    for trouble in &report.project.errors {
        let message = escaped(&trouble.message);
        writeln!(out, "  <file name=\"{}\">", escaped(&trouble.path))?;
        writeln!(out, "    <error severity=\"error\" message=\"{message}\" source=\"lint401\"/>")?;
        writeln!(out, "  </file>")?;
    }
    // findings are sorted by path
    for findings in report.outcome.findings.chunk_by(|a, b| file(a) == file(b)) {
        let name = &report.project.sources.get(file(&findings[0])).name;
        writeln!(out, "  <file name=\"{}\">", escaped(name))?;
        findings.iter().try_for_each(|reported| error(report, reported, out))?;
        writeln!(out, "  </file>")?;
    }
    writeln!(out, "</checkstyle>")
}

fn file(reported: &Reported) -> crate::source::FileId {
    reported.finding.primary.at.file
}

fn error(report: Report<'_>, reported: &Reported, out: &mut dyn Write) -> io::Result<()> {
    let finding = &reported.finding;
    let at = finding.primary.at;
    let position = report.project.sources.get(at.file).position(at.span.start);
    writeln!(
        out,
        "    <error line=\"{}\" column=\"{}\" severity=\"{}\" message=\"{}\" source=\"{}\"/>",
        position.line,
        position.column,
        finding.severity.name(),
        escaped(&words::lines(report, reported).join("\n")),
        finding.rule
    )
}
