//! SARIF 2.1.0, with what GitHub's code scanning asks for and shows.

mod hash;
mod rules;
mod silenced;
mod uri;

use super::json::write_whole;
use super::{Report, text::visible, words};
use crate::check::{Reported, Silence};
use crate::diagnostic::{Evidence, Fix, Label, Safety, Words};
use crate::source::{FileId, Location, SourceFile, Span};
use rules::{ReportingDescriptor, Text, level};
use serde::{Serialize, Serializer};
use silenced::Suppression;
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, Write};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The name that stands for the folder from which relative paths start.
const ROOT: &str = "%SRCROOT%";

/// GitHub takes this many places of a result.
const PLACES: usize = 1000;

pub(super) fn write(report: Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    write_whole(&Log { schema: SCHEMA, version: "2.1.0", runs: [Run::of(report)] }, out)
}

#[derive(Serialize)]
struct Log<'r> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'r>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'r> {
    tool: Tool,
    automation_details: AutomationDetails,
    invocations: [Invocation; 1],
    original_uri_base_ids: HashMap<&'static str, Base>,
    column_kind: &'static str,
    results: Results<'r>,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    full_name: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<ReportingDescriptor>,
}

#[derive(Serialize)]
struct AutomationDetails {
    id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

/// A named path that could not be read.
#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Text,
    locations: [Place; 1],
}

#[derive(Serialize)]
struct Base {
    description: Text,
}

/// Shaped one after the other while they are written.
struct Results<'r>(Report<'r>);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Res<'r> {
    rule_id: Cow<'static, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Text,
    locations: [Place; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Place>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    code_flows: Vec<CodeFlow>,
    partial_fingerprints: Fingerprints,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<SarifFix>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressions: Option<Vec<Suppression<'r>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Properties<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logical_locations: Vec<LogicalLocation>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactLocation {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

/// The end is exclusive.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

/// A chain of blocks.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogicalLocation {
    fully_qualified_name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CodeFlow {
    thread_flows: [ThreadFlow; 1],
}

#[derive(Serialize)]
struct ThreadFlow {
    locations: Vec<Step>,
}

#[derive(Serialize)]
struct Step {
    location: Place,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Fingerprints {
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_location_line_hash: Option<String>,
    #[serde(rename = "lint401/v1")]
    own: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifFix {
    description: Text,
    artifact_changes: Vec<ArtifactChange>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange {
    artifact_location: ArtifactLocation,
    replacements: Vec<Replacement>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Text,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Properties<'r> {
    effect: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<String>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    depends_on: &'r [Words],
}

impl<'r> Run<'r> {
    fn of(report: Report<'r>) -> Self {
        let errors = &report.project.errors;
        let notifications = errors.iter().map(|trouble| Notification {
            level: "error",
            message: Text { text: visible(&trouble.message).into_owned() },
            locations: [Place::of_path(&trouble.path)],
        });
        let root = Text { text: "The folder in which lint401 ran".to_owned() };
        Self {
            tool: Tool {
                driver: Driver {
                    name: env!("CARGO_PKG_NAME"),
                    full_name: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")),
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    information_uri: concat!("https://docs.rs/crate/", env!("CARGO_PKG_NAME")),
                    rules: rules::all(),
                },
            },
            automation_details: AutomationDetails { id: "lint401/" },
            invocations: [Invocation {
                execution_successful: errors.is_empty(),
                tool_execution_notifications: notifications.collect(),
            }],
            original_uri_base_ids: HashMap::from([(ROOT, Base { description: root })]),
            column_kind: "unicodeCodePoints",
            results: Results(report),
        }
    }
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shaper = Shaper {
            report: self.0,
            rules: crate::rules::all()
                .enumerate()
                .map(|(index, rule)| (rule.name, index))
                .collect(),
            files: RefCell::default(),
        };
        let outcome = self.0.outcome;
        let found = outcome.findings.iter().map(|one| shaper.result(one, None));
        let silenced = outcome.silenced.iter();
        let silenced = silenced.map(|one| shaper.result(&one.reported, Some(&one.by)));
        let gone = outcome.gone.iter().flatten().map(|one| shaper.gone(one));
        serializer.collect_seq(found.chain(silenced).chain(gone))
    }
}

/// What is worked out once for the findings of a file.
struct OfFile {
    hashes: Vec<String>,
    way: Vec<Location>,
}

/// Makes results of findings.
struct Shaper<'r> {
    report: Report<'r>,
    rules: HashMap<&'static str, usize>,
    files: RefCell<HashMap<FileId, OfFile>>,
}

impl<'r> Shaper<'r> {
    fn result(&self, reported: &'r Reported, by: Option<&'r Silence>) -> Res<'r> {
        let finding = &reported.finding;
        let at = finding.primary.at;
        let project = self.report.project;
        let mut files = self.files.borrow_mut();
        let of_file = files.entry(at.file).or_insert_with(|| OfFile {
            hashes: hash::of_lines(project, at.file),
            way: project.way_to(at.file),
        });
        let line = project.sources.get(at.file).position(at.span.start).line;
        let mut main = self.place(at);
        main.logical_locations = finding
            .scopes
            .iter()
            .filter(|scope| !scope.is_empty())
            .map(|scope| LogicalLocation {
                fully_qualified_name: visible(&scope.join(" › ")).into_owned(),
            })
            .collect();
        let related = finding.related.iter().take(PLACES).enumerate();
        Res {
            rule_id: finding.rule.into(),
            rule_index: self.rules.get(finding.rule).copied(),
            level: level(finding.severity),
            message: Text { text: self.message(reported) },
            locations: [main],
            related_locations: related
                .map(|(number, label)| Place { id: Some(number + 1), ..self.labelled(label) })
                .collect(),
            code_flows: self.flow(reported, &of_file.way),
            partial_fingerprints: Fingerprints {
                primary_location_line_hash: of_file.hashes.get(line as usize - 1).cloned(),
                own: format!("{:016x}", reported.fingerprint),
            },
            fixes: finding.fixes.iter().filter_map(|fix| self.fix(fix)).collect(),
            suppressions: self.suppressions(by),
            baseline_state: self.report.outcome.gone.is_some().then_some(match by {
                Some(Silence::Baseline) => "unchanged",
                Some(Silence::Comment { .. }) | None => "new",
            }),
            properties: Some(Properties {
                effect: finding.effect.name(),
                request: finding.evidence.as_ref().map(request),
                depends_on: &finding.depends_on,
            }),
        }
    }

    /// Sentences; the first few related places are linked from the last one.
    fn message(&self, reported: &Reported) -> String {
        const LINKED: usize = 5;
        let lines = words::lines(self.report, reported);
        let sentences: Vec<String> = lines.iter().map(|line| rules::sentence(line)).collect();
        // what looks like a link is none
        let mut text = sentences.join(" ").replace("](", "] (");
        let related = &reported.finding.related;
        let links: Vec<String> = related
            .iter()
            .take(LINKED)
            .enumerate()
            .map(|(number, label)| {
                let place = super::concise::path_and_line(self.report, label.at);
                let name =
                    if label.text.is_empty() { place } else { visible(&label.text).into_owned() };
                let name = name.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]");
                format!("[{name}]({})", number + 1)
            })
            .collect();
        if !links.is_empty() {
            text = format!("{text} See: {}.", links.join(", "));
        }
        text
    }

    /// From the includes that lead to the file by way of the places that explain the finding to the one that decides.
    fn flow(&self, reported: &Reported, way: &[Location]) -> Vec<CodeFlow> {
        let finding = &reported.finding;
        let includes = way.iter().map(|&at| {
            let read = Text { text: "the file is included here".to_owned() };
            Place { message: Some(read), ..self.place(at) }
        });
        // a rule may speak of the include itself
        let known = |at: &Location| {
            finding
                .related
                .iter()
                .any(|label| label.at.span.overlaps(at.span) && label.at.file == at.file)
        };
        let includes = includes.zip(way).filter(|(_, at)| !known(at)).map(|(place, _)| place);
        let related = finding.related.iter().take(PLACES).map(|label| self.labelled(label));
        let mut steps: Vec<Place> = includes.chain(related).collect();
        if steps.is_empty() {
            return Vec::new();
        }
        let label =
            if finding.primary.text.is_empty() { &finding.message } else { &finding.primary.text };
        let message = Some(Text { text: visible(label).into_owned() });
        steps.push(Place { message, ..self.place(finding.primary.at) });
        let locations = steps.into_iter().map(|location| Step { location }).collect();
        vec![CodeFlow { thread_flows: [ThreadFlow { locations }] }]
    }

    fn labelled(&self, label: &Label) -> Place {
        let text = if label.text.is_empty() { "see here" } else { &label.text };
        Place { message: Some(Text { text: visible(text).into_owned() }), ..self.place(label.at) }
    }

    fn place(&self, at: Location) -> Place {
        let file = self.report.project.sources.get(at.file);
        let mut place = Place::of_path(&file.name);
        place.physical_location.region = Some(Region::of(file, at.span));
        place
    }

    /// What a program may apply; nothing that is not text.
    fn fix(&self, fix: &Fix) -> Option<SarifFix> {
        if fix.safety == Safety::Manual || fix.edits.is_empty() {
            return None;
        }
        let mut changes = Vec::new();
        for edits in fix.edits.chunk_by(|a, b| a.at.file == b.at.file) {
            let file = self.report.project.sources.get(edits[0].at.file);
            let replacement = |edit: &crate::diagnostic::Edit| {
                let text = String::from_utf8(edit.replacement.clone()).ok()?;
                let region = Region::of(file, edit.at.span);
                // a byte order mark is no column, and nothing that a region can name
                (region.is_empty() == edit.at.span.is_empty()).then_some(Replacement {
                    deleted_region: region,
                    inserted_content: Text { text },
                })
            };
            changes.push(ArtifactChange {
                artifact_location: ArtifactLocation::of(&file.name),
                replacements: edits.iter().map(replacement).collect::<Option<_>>()?,
            });
        }
        let title = format!("{} ({})", visible(&fix.title), fix.safety.name());
        Some(SarifFix { description: Text { text: title }, artifact_changes: changes })
    }
}

impl Place {
    /// A whole file.
    fn of_path(path: &str) -> Self {
        Self {
            id: None,
            message: None,
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation::of(path),
                region: None,
            },
            logical_locations: Vec::new(),
        }
    }
}

impl ArtifactLocation {
    fn of(path: &str) -> Self {
        Self { uri: uri::of_path(path), uri_base_id: uri::is_relative(path).then_some(ROOT) }
    }
}

impl Region {
    fn is_empty(&self) -> bool {
        (self.start_line, self.start_column) == (self.end_line, self.end_column)
    }

    fn of(file: &SourceFile, span: Span) -> Self {
        let (start, end) = (file.position(span.start), file.position(span.end));
        Self {
            start_line: start.line,
            start_column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }
}

fn request(evidence: &Evidence) -> String {
    super::full::exchange(evidence)
}
