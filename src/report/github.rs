//! Commands of GitHub's workflow runner, which shows them as annotations at the lines of a pull request.

use super::{Report, text::visible, words};
use crate::check::Reported;
use crate::diagnostic::Severity;
use std::io::{self, Write};

/// How many further places an annotation names.
const PLACES: usize = 5;

pub(super) fn write(report: Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for trouble in &report.project.errors {
        let message = data(&visible(&trouble.message));
        writeln!(out, "::error file={}::{message}", property(&visible(&trouble.path)))?;
    }
    report.outcome.findings.iter().try_for_each(|reported| annotation(report, reported, out))
}

fn annotation(report: Report<'_>, reported: &Reported, out: &mut dyn Write) -> io::Result<()> {
    let finding = &reported.finding;
    let at = finding.primary.at;
    let file = report.project.sources.get(at.file);
    let (start, end) = (file.position(at.span.start), file.position(at.span.end));
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let name = property(&visible(&file.name));
    write!(out, "::{command} file={name},line={},endLine={}", start.line, end.line)?;
    // the runner refuses columns where the place spans lines
    if start.line == end.line {
        write!(out, ",col={},endColumn={}", start.column, end.column)?;
    }
    let mut lines = words::lines(report, reported);
    lines.extend(words::places(report, reported, PLACES));
    writeln!(out, ",title={}::{}", property(finding.rule), data(&lines.join("\n")))
}

/// What stands behind the second `::`, as the runner unescapes it.
pub(super) fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, likewise.
pub(super) fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn what_the_runner_would_take_for_its_own_is_escaped() {
        assert_eq!(data("100%\r\n::stop"), "100%25%0D%0A::stop");
        assert_eq!(property("a,b::c%"), "a%2Cb%3A%3Ac%25");
    }
}
