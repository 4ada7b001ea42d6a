//! One JSON object: the contract with every program that reads the report. Its shapes are its own, and their schema is
//! what `lint401 schema output` prints.

use super::Report;
use crate::check::Reported;
use crate::config::Project;
use crate::diagnostic::{Edit, Effect, Fix, Label, Safety, Severity, Words};
use crate::source::Location;
use schemars::{JsonSchema, Schema};
use serde::{Serialize, Serializer};
use std::borrow::Cow;
use std::io::{self, Write};

/// The version of these shapes; it changes when a program that reads them must.
const VERSION: u32 = 1;

pub(super) fn write(report: Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    write_whole(&Output::of(report), out)
}

/// Writes `value` as one JSON document, over several lines.
pub(super) fn write_whole(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut out = Escaped(out);
    serde_json::to_writer_pretty(&mut out, value)?;
    out.write_all(b"\n")
}

/// The JSON Schema of what is written as a `T`.
pub(super) fn schema_of<T: JsonSchema>() -> Schema {
    schemars::generate::SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>()
}

/// Writes one finding as one line.
pub(super) fn write_line(
    report: Report<'_>,
    reported: &Reported,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = Escaped(out);
    serde_json::to_writer(&mut out, &JsonFinding::of(report, reported))?;
    out.write_all(b"\n")
}

/// The JSON Schema of the report.
#[must_use]
pub fn schema() -> Schema {
    schema_of::<Output<'static>>()
}

/// The report of one run of lint401.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Output")]
struct Output<'r> {
    /// The version of this shape.
    schema: u32,
    tool: Tool,
    /// By path, line, column and rule.
    findings: Listed<'r>,
    /// Named paths that could not be read.
    errors: Vec<Failure<'r>>,
    summary: Summary<'r>,
}

/// What wrote the report.
#[derive(Serialize, JsonSchema)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

/// The findings, shaped one after the other while they are written: nothing is held twice.
#[derive(JsonSchema)]
#[schemars(with = "Vec<JsonFinding<'static>>", inline)]
struct Listed<'r>(Report<'r>);

impl Serialize for Listed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer
            .collect_seq(self.0.outcome.findings.iter().map(|one| JsonFinding::of(self.0, one)))
    }
}

/// One thing that is wrong.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
struct JsonFinding<'r> {
    /// The rule's name.
    rule: &'r str,
    #[schemars(schema_with = "severity_schema")]
    severity: &'static str,
    /// One sentence: what is wrong here.
    message: &'r str,
    /// One sentence: what to do. May be empty.
    help: &'r str,
    /// What happens to requests.
    #[schemars(schema_with = "effect_schema")]
    effect: &'static str,
    /// A request that shows it.
    evidence: Option<JsonEvidence<'r>>,
    /// What it depends on; empty when it is certain.
    depends_on: &'r [Words],
    /// The chains of blocks that it concerns, outermost first; the first few of `scopes_total`.
    scopes: &'r [Vec<String>],
    /// How many chains there are in all.
    scopes_total: usize,
    /// The rule's page.
    url: String,
    /// Stable under edits elsewhere in the file.
    fingerprint: String,
    location: Place<'r>,
    /// Further places that explain it, in reading order.
    related: Vec<Place<'r>>,
    /// The mends on offer, the best first.
    fixes: Vec<JsonFix<'r>>,
}

/// A request and what the server answers to it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Evidence")]
struct JsonEvidence<'r> {
    request: Request<'r>,
    answer: Answer,
    /// What the server answers once the first fix is applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    after_fix: Option<Answer>,
}

/// A request that a person can repeat.
#[derive(Serialize, JsonSchema)]
struct Request<'r> {
    method: &'r str,
    url: &'r str,
}

/// A status, or "passed" where the request goes on to its handler.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum Answer {
    Status(u16),
    Passed(Passed),
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Passed {
    Passed,
}

impl From<Option<u16>> for Answer {
    fn from(status: Option<u16>) -> Self {
        status.map_or(Self::Passed(Passed::Passed), Self::Status)
    }
}

/// A place in a file. The end is exclusive.
#[derive(Serialize, JsonSchema)]
struct Place<'r> {
    /// As the user named it, with `/`.
    path: &'r str,
    start: Point,
    end: Point,
    /// A few words about the place. May be empty.
    label: &'r str,
    /// Where the place lies in the dump that the file was read from.
    #[serde(skip_serializing_if = "Option::is_none")]
    dump: Option<DumpPlace<'r>>,
}

/// A place in a dump such as `nginx -T` writes.
#[derive(Serialize, JsonSchema)]
struct DumpPlace<'r> {
    path: &'r str,
    line: u32,
}

/// A point between two characters.
#[derive(Serialize, JsonSchema)]
pub(super) struct Point {
    /// From 1.
    line: u32,
    /// From 1, in Unicode scalar values.
    column: u32,
    /// From 0, in bytes.
    offset: u32,
}

/// A mend.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Fix")]
struct JsonFix<'r> {
    /// What it does, as a command.
    title: &'r str,
    #[schemars(schema_with = "safety_schema")]
    safety: &'static str,
    /// They belong together and never overlap.
    edits: Vec<JsonEdit<'r>>,
}

/// Bytes that go and the text that comes in their place.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Edit")]
struct JsonEdit<'r> {
    path: &'r str,
    start: Point,
    end: Point,
    replacement: std::borrow::Cow<'r, str>,
}

/// A named path that could not be read.
#[derive(Serialize, JsonSchema)]
struct Failure<'r> {
    path: &'r str,
    message: &'r str,
}

/// What was read, and how much was found.
#[derive(Serialize, JsonSchema)]
struct Summary<'r> {
    /// How many files were read.
    files: usize,
    /// How many of them are main configurations.
    mains: usize,
    /// How many of them nothing here includes.
    fragments: usize,
    error: usize,
    warning: usize,
    info: usize,
    /// Findings that a comment in the configuration suppresses.
    suppressed: usize,
    /// Findings that the baseline knows.
    baseline: usize,
    /// Findings below the severity that was asked for.
    hidden: usize,
    not_read: Vec<Unread<'r>>,
    /// What is unknown and where, and which rules had more to look at than they could.
    unknown: Vec<Cow<'r, str>>,
}

/// A file that would have been read.
#[derive(Serialize, JsonSchema)]
struct Unread<'r> {
    path: &'r str,
    reason: &'r str,
}

impl<'r> Output<'r> {
    fn of(report: Report<'r>) -> Self {
        let Report { project, outcome } = report;
        let counts = project.counts;
        Self {
            schema: VERSION,
            tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
            findings: Listed(report),
            errors: project
                .errors
                .iter()
                .map(|one| Failure { path: &one.path, message: &one.message })
                .collect(),
            summary: Summary {
                files: counts.total(),
                mains: counts.mains,
                fragments: counts.fragments,
                error: outcome.reported.error,
                warning: outcome.reported.warning,
                info: outcome.reported.info,
                suppressed: outcome.suppressed,
                baseline: outcome.baseline,
                hidden: outcome.hidden.total(),
                not_read: project
                    .not_read
                    .iter()
                    .map(|one| Unread { path: &one.path, reason: &one.reason })
                    .collect(),
                unknown: unknown(report),
            },
        }
    }
}

/// What is unknown of the configuration, and what rules could not look at.
fn unknown(report: Report<'_>) -> Vec<Cow<'_, str>> {
    let of_rule = |rule| format!("{rule}: there are more places than could be compared");
    let known = report.project.unknown.iter().map(|one| Cow::Borrowed(&**one));
    known.chain(report.outcome.cut_short.iter().map(of_rule).map(Cow::Owned)).collect()
}

impl<'r> JsonFinding<'r> {
    fn of(report: Report<'r>, reported: &'r Reported) -> Self {
        let finding = &reported.finding;
        Self {
            rule: finding.rule,
            severity: finding.severity.name(),
            message: &finding.message,
            help: &finding.help,
            effect: finding.effect.name(),
            evidence: finding.evidence.as_ref().map(|evidence| JsonEvidence {
                request: Request { method: &evidence.method, url: &evidence.url },
                answer: evidence.answer.into(),
                after_fix: evidence.after_fix.map(Into::into),
            }),
            depends_on: &finding.depends_on,
            scopes: &finding.scopes,
            scopes_total: finding.scopes_total,
            url: crate::rules::url(finding.rule),
            fingerprint: format!("{:016x}", reported.fingerprint),
            location: Place::of(report, &finding.primary),
            related: finding.related.iter().map(|label| Place::of(report, label)).collect(),
            fixes: finding.fixes.iter().map(|fix| JsonFix::of(report, fix)).collect(),
        }
    }
}

impl<'r> JsonFix<'r> {
    fn of(report: Report<'r>, fix: &'r Fix) -> Self {
        let edit = |edit: &'r Edit| {
            let (path, start, end) = points(report.project, edit.at);
            JsonEdit { path, start, end, replacement: String::from_utf8_lossy(&edit.replacement) }
        };
        Self {
            title: &fix.title,
            safety: fix.safety.name(),
            edits: fix.edits.iter().map(edit).collect(),
        }
    }
}

impl<'r> Place<'r> {
    fn of(report: Report<'r>, label: &'r Label) -> Self {
        let (path, start, end) = points(report.project, label.at);
        let sources = &report.project.sources;
        let dump = sources.get(label.at.file).dump.as_ref().map(|origin| {
            let dump = sources.get(origin.dump);
            let offset = origin.to_dump(label.at.span.start);
            DumpPlace { path: &dump.name, line: dump.position(offset).line }
        });
        Self { path, start, end, label: &label.text, dump }
    }
}

/// The file of a place, and its two ends.
pub(super) fn points(project: &Project, at: Location) -> (&str, Point, Point) {
    let at = project.sources.written(at);
    let file = project.sources.get(at.file);
    let point = |offset| {
        let position = file.position(offset);
        Point { line: position.line, column: position.column, offset }
    };
    (&file.name, point(at.span.start), point(at.span.end))
}

fn severity_schema(_: &mut schemars::SchemaGenerator) -> Schema {
    one_of(Severity::ALL.map(Severity::name))
}

fn effect_schema(_: &mut schemars::SchemaGenerator) -> Schema {
    one_of(Effect::ALL.map(Effect::name))
}

fn safety_schema(_: &mut schemars::SchemaGenerator) -> Schema {
    one_of([Safety::Safe, Safety::Unsafe, Safety::Manual].map(Safety::name))
}

pub(super) fn one_of<const N: usize>(names: [&str; N]) -> Schema {
    schemars::json_schema!({ "type": "string", "enum": names.to_vec() })
}

/// Writes as escapes what JSON allows in strings but a terminal obeys or hides. Outside of strings JSON has none of it.
pub(super) struct Escaped<'w>(pub(super) &'w mut dyn Write);

impl Write for Escaped<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.iter().all(|byte| byte.is_ascii() && *byte != 0x7f) {
            return self.0.write_all(bytes).map(|()| bytes.len());
        }
        // serde_json hands over whole pieces of strings, so no character is cut in two
        match std::str::from_utf8(bytes) {
            Ok(text) if text.chars().any(is_escaped) => {
                let mut units = [0; 2];
                for c in text.chars() {
                    if is_escaped(c) {
                        for unit in c.encode_utf16(&mut units) {
                            write!(self.0, "\\u{unit:04x}")?;
                        }
                    } else {
                        write!(self.0, "{c}")?;
                    }
                }
            }
            _ => self.0.write_all(bytes)?,
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn is_escaped(c: char) -> bool {
    c > '\x1f' && super::text::is_hidden(c)
}
