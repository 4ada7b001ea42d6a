//! `path:line:col: severity[rule] message`, as compilers write it and editors read it.

use super::text::Paint;
use super::{Look, Report, visible};
use crate::check::Reported;
use crate::source::Location;
use std::io::{self, Write};

pub(super) fn write(report: Report<'_>, look: Look, out: &mut dyn Write) -> io::Result<()> {
    for reported in &report.outcome.findings {
        line(report, reported, Paint(look.color), out)?;
    }
    super::summary::write(report, look, out)
}

fn line(
    report: Report<'_>,
    reported: &Reported,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let finding = &reported.finding;
    let severity = finding.severity;
    let place = paint.bold(&place(report, finding.primary.at));
    let rule = paint.severity(severity, &format!("{}[{}]", severity.name(), finding.rule));
    write!(out, "{place}: {rule} {}", visible(&finding.message))?;
    if let Some(evidence) = &finding.evidence {
        write!(out, " ({})", visible(&super::full::exchange(evidence)))?;
    }
    if let Some(cause) = reported.cause {
        write!(out, " (caused by {})", path_and_line(report, cause))?;
    }
    if let Some(dump) = dump_line(report, finding.primary.at) {
        write!(out, " ({dump})")?;
    }
    writeln!(out)
}

/// `path:line:column: severity[rule]`.
pub(super) fn title(report: Report<'_>, reported: &Reported) -> String {
    let finding = &reported.finding;
    let place = place(report, finding.primary.at);
    format!("{place}: {}[{}]", finding.severity.name(), finding.rule)
}

/// `path:line:column`.
pub(super) fn place(report: Report<'_>, at: Location) -> String {
    let file = report.project.sources.get(at.file);
    let position = file.position(at.span.start);
    format!("{}:{}:{}", visible(&file.name), position.line, position.column)
}

/// `path:line`.
pub(super) fn path_and_line(report: Report<'_>, at: Location) -> String {
    let file = report.project.sources.get(at.file);
    format!("{}:{}", visible(&file.name), file.position(at.span.start).line)
}

/// `line 40 of dump.txt` for a file that was read out of a dump.
pub(super) fn dump_line(report: Report<'_>, at: Location) -> Option<String> {
    let sources = &report.project.sources;
    let origin = sources.get(at.file).dump.as_ref()?;
    let dump = sources.get(origin.dump);
    let line = dump.position(origin.to_dump(at.span.start)).line;
    let name = if dump.name == "-" { "standard input".into() } else { visible(&dump.name) };
    Some(format!("line {line} of {name}"))
}
