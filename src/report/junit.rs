//! JUnit's XML, for programs that show tests: each finding is one that failed.

use super::xml::escaped;
use super::{Report, concise, text::visible, words};
use crate::check::Reported;
use std::io::{self, Write};

/// How many further places a failure names.
const PLACES: usize = 10;

pub(super) fn write(report: Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let findings = &report.outcome.findings;
    let errors = &report.project.errors;
    // a report without a test is taken for a run that broke
    let tests = (findings.len() + errors.len()).max(1);
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    let (failures, broken) = (findings.len(), errors.len());
    let counts = format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{broken}\"");
    writeln!(out, "<testsuites name=\"lint401\" {counts}>")?;
    if failures + broken == 0 {
        writeln!(
            out,
            "  <testsuite name=\"lint401\" tests=\"1\" failures=\"0\" errors=\"0\">\n    \
             <testcase name=\"no findings\" classname=\"lint401\"/>\n  </testsuite>"
        )?;
    }
    for trouble in errors {
        let (path, message) = (escaped(&trouble.path), escaped(&trouble.message));
        writeln!(
            out,
            "  <testsuite name=\"{path}\" tests=\"1\" failures=\"0\" errors=\"1\">\n    \
             <testcase name=\"is read\" classname=\"{path}\">\n      \
             <error message=\"{message}\" type=\"unreadable\"/>\n    </testcase>\n  </testsuite>"
        )?;
    }
    // findings are sorted by path
    let file = |reported: &Reported| reported.finding.primary.at.file;
    for findings in findings.chunk_by(|a, b| file(a) == file(b)) {
        let name = escaped(&report.project.sources.get(file(&findings[0])).name);
        let count = findings.len();
        let counts = format!("tests=\"{count}\" failures=\"{count}\" errors=\"0\"");
        writeln!(out, "  <testsuite name=\"{name}\" {counts}>")?;
        findings.iter().try_for_each(|reported| failure(report, reported, &name, out))?;
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn failure(
    report: Report<'_>,
    reported: &Reported,
    name: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let finding = &reported.finding;
    let at = finding.primary.at;
    let position = report.project.sources.get(at.file).position(at.span.start);
    let (line, column) = (position.line, position.column);
    let title = format!("{} at line {line}, column {column}", finding.rule);
    writeln!(out, "    <testcase name=\"{}\" classname=\"{name}\">", escaped(&title))?;
    let mut lines = vec![concise::title(report, reported)];
    lines.extend(words::lines(report, reported));
    lines.extend(words::places(report, reported, PLACES));
    lines.push(crate::rules::url(finding.rule));
    let message = escaped(&visible(&finding.message));
    let severity = finding.severity.name();
    write!(out, "      <failure message=\"{message}\" type=\"{severity}\">")?;
    let text: Vec<String> = lines.iter().map(|line| escaped(line)).collect();
    writeln!(out, "{}</failure>\n    </testcase>", text.join("\n"))
}
