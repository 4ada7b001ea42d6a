//! The report for people: what is wrong, the lines that say so in whichever files they stand, and the mend as a patch.
//!
//! miette draws the lines; nothing else in the crate knows it.

use super::patch::{self, Change};
use super::text::{Paint, visible, wrap};
use super::window::{Window, windows};
use super::{Look, Report, concise, counted};
use crate::check::Reported;
use crate::diagnostic::{Evidence, Finding, Label, Severity};
use crate::source::FileId;
use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};
use std::io::{self, Write};

/// How many places of a finding are shown; the rest is counted.
const PLACES_SHOWN: usize = 12;

pub(super) fn write(report: Report<'_>, look: Look, out: &mut dyn Write) -> io::Result<()> {
    let styles = if look.color { ThemeStyles::ansi() } else { ThemeStyles::none() };
    let theme = GraphicalTheme { characters: ThemeCharacters::unicode(), styles };
    let handler =
        GraphicalReportHandler::new_themed(theme).with_width(look.width).with_links(false);
    for reported in &report.outcome.findings {
        finding(report, reported, look, &handler, out)?;
        writeln!(out)?;
    }
    if !look.quiet && report.outcome.reported.total() > 0 {
        writeln!(out, "{}", found(report, look))?;
    }
    super::summary::write(report, look, out)
}

/// `1 error, 2 warnings`.
fn found(report: Report<'_>, look: Look) -> String {
    let counts: Vec<String> = Severity::ALL
        .iter()
        .rev()
        .map(|&severity| (severity, report.outcome.reported.of(severity)))
        .filter(|&(_, count)| count > 0)
        .map(|(severity, count)| Paint(look.color).severity(severity, &counted(count, severity)))
        .collect();
    counts.join(", ")
}

fn finding(
    report: Report<'_>,
    reported: &Reported,
    look: Look,
    handler: &GraphicalReportHandler,
    out: &mut dyn Write,
) -> io::Result<()> {
    let paint = Paint(look.color);
    let finding = &reported.finding;
    let title = format!("{}[{}]", finding.severity.name(), finding.rule);
    let message = wrap(&visible(&finding.message), look.width, title.len() + 2);
    writeln!(out, "{}: {}", paint.severity(finding.severity, &title), paint.bold(&message[0]))?;
    for line in &message[1..] {
        writeln!(out, "{}", paint.bold(line))?;
    }
    write!(out, "{}", snippets(report, finding, handler))?;

    let mut field = |name: &str, text: &str| -> io::Result<()> {
        let indent = name.len() + 4;
        let lines = wrap(&visible(text), look.width.saturating_sub(indent), 0);
        writeln!(out, "  {} {}", paint.field(&format!("{name}:")), lines[0])?;
        for line in &lines[1..] {
            writeln!(out, "{:indent$}{line}", "")?;
        }
        Ok(())
    };
    if let Some(evidence) = &finding.evidence {
        field("request", &exchange(evidence))?;
    }
    if let Some(scopes) = scopes(finding) {
        field("in", &scopes)?;
    }
    for what in &finding.depends_on {
        field("depends on", what)?;
    }
    if let Some(cause) = reported.cause {
        field("caused by", &concise::path_and_line(report, cause))?;
    }
    if let Some(dump) = concise::dump_line(report, finding.primary.at) {
        field("read from", &dump)?;
    }
    if finding.related.len() >= PLACES_SHOWN {
        field("not shown", &format!("{} more places", finding.related.len() + 1 - PLACES_SHOWN))?;
    }
    if !finding.help.is_empty() {
        field("help", &finding.help)?;
    }
    if let Some(fix) = finding.fixes.first() {
        field(&format!("fix ({})", fix.safety.name()), &fix.title)?;
        for line in patch::lines(report.project, fix, finding.primary.at.file) {
            let number = line.number.map_or(String::new(), |number| number.to_string());
            let text = match line.change {
                Change::Same => format!("  {}", line.text),
                Change::Removed => paint.removed(&format!("- {}", line.text)),
                Change::Added => paint.added(&format!("+ {}", line.text)),
                Change::Note => line.text,
            };
            writeln!(out, "{}", format!("{number:>9} {text}").trim_end())?;
        }
    }
    Ok(())
}

/// `GET http://shop.example/ → 401`, and what comes out once the fix is applied.
#[must_use]
pub fn exchange(evidence: &Evidence) -> String {
    let answer =
        |status: Option<u16>| status.map_or("passed".to_owned(), |status| status.to_string());
    let (method, url) = (&evidence.method, &evidence.url);
    let answered = answer(evidence.answer);
    match evidence.after_fix {
        Some(after) => format!("{method} {url} → {answered} (after the fix: {})", answer(after)),
        None => format!("{method} {url} → {answered}"),
    }
}

/// `http › server shop.example › location /`, and how many more.
pub(super) fn scopes(finding: &Finding) -> Option<String> {
    let first = finding.scopes.first().filter(|scope| !scope.is_empty())?;
    let more = finding.scopes_total.saturating_sub(1);
    let tail = if more == 0 { String::new() } else { format!(", and {more} more") };
    Some(first.join(" › ") + &tail)
}

/// The lines that the finding speaks of.
fn snippets(report: Report<'_>, finding: &Finding, handler: &GraphicalReportHandler) -> String {
    let labels: Vec<&Label> =
        std::iter::once(&finding.primary).chain(&finding.related).take(PLACES_SHOWN).collect();
    let mut files: Vec<FileId> = Vec::new();
    for label in &labels {
        if !files.contains(&label.at.file) {
            files.push(label.at.file);
        }
    }
    let mut all = Vec::new();
    for file in files {
        let places: Vec<_> = labels
            .iter()
            .enumerate()
            .filter(|(_, label)| label.at.file == file)
            .map(|(place, label)| (place, label.at.span))
            .collect();
        all.extend(windows(report.project, file, &places));
    }
    let mut start = 0;
    let windows = all.into_iter().map(|window| {
        let placed = Placed {
            start,
            name: visible(&report.project.sources.get(window.file).name).into_owned(),
            window,
        };
        // a byte apart, so that no place belongs to two
        start += placed.window.text.len() + 1;
        placed
    });
    let drawing = Drawing { windows: windows.collect(), labels };
    let mut text = String::new();
    // writing to a String cannot fail, and `read_span` knows every place that `labels` names
    let _ = handler.render_report(&mut text, &drawing);
    // miette begins with a line for the message, which stands above already
    text.split_once('\n').map_or(String::new(), |(_, rest)| rest.to_owned())
}

/// A window at its place in the one text that miette sees.
#[derive(Debug)]
struct Placed {
    start: usize,
    name: String,
    window: Window,
}

/// All windows of a finding as one text.
#[derive(Debug)]
struct Drawing<'f> {
    windows: Vec<Placed>,
    labels: Vec<&'f Label>,
}

impl std::fmt::Display for Drawing<'_> {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Drawing<'_> {}

impl miette::Diagnostic for Drawing<'_> {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.windows.iter().flat_map(move |placed| {
            placed.window.marks.iter().map(move |mark| {
                let text = &self.labels[mark.place].text;
                let text = (!text.is_empty()).then(|| visible(text).into_owned());
                let span = (placed.start + mark.start, mark.end - mark.start);
                if mark.place == 0 {
                    LabeledSpan::new_primary_with_span(text, span)
                } else {
                    LabeledSpan::new_with_span(text, span)
                }
            })
        })))
    }
}

impl SourceCode for Drawing<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        _lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (from, to) = (span.offset(), span.offset() + span.len());
        // what spans two windows is refused: miette then draws each by itself
        let placed = self
            .windows
            .iter()
            .find(|one| one.start <= from && to <= one.start + one.window.text.len())
            .ok_or(MietteError::OutOfBounds)?;
        let window = &placed.window;
        let name = placed.name.clone();
        if lines_before > 0 {
            let whole = SourceSpan::new(placed.start.into(), window.text.len());
            let data = window.text.as_bytes();
            return Ok(Box::new(MietteSpanContents::new_named(
                name,
                data,
                whole,
                window.line,
                0,
                window.lines,
            )));
        }
        // without context only the header is asked for: where in the file the place lies
        let mark = window.marks.iter().find(|mark| placed.start + mark.start == from);
        let (line, column) = mark.map_or((window.line, 0), |mark| (mark.line, mark.column));
        let data = &window.text.as_bytes()[from - placed.start..to - placed.start];
        Ok(Box::new(MietteSpanContents::new_named(name, data, *span, line, column, 1)))
    }
}
