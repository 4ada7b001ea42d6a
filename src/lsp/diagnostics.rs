//! Findings as an editor shows them: each where it lies, and in an open document also what it does elsewhere.

use super::analysis::Analysis;
use super::documents::Documents;
use super::position::Encoding;
use crate::check::Reported;
use crate::diagnostic::Severity;
use crate::report::{exchange, visible};
use crate::source::{FileId, Location};
use gen_lsp_types::{
    CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity,
};
use std::collections::BTreeMap;
use std::fmt::Write;

/// How many further places a diagnostic links to.
const PLACES: usize = 20;

/// The diagnostics of each document, open or not, by its URI.
pub(super) type ByUri = BTreeMap<String, Vec<Diagnostic>>;

/// Adds everything that was found in a configuration.
pub(super) fn add(all: &mut ByUri, analysis: &Analysis, documents: &Documents, encoding: Encoding) {
    for (_, file) in analysis.files() {
        all.entry(analysis.uri(file).to_owned()).or_default();
    }
    for reported in &analysis.outcome.findings {
        let at = analysis.in_editor(reported.finding.primary.at);
        let list = all.entry(analysis.uri(at.file).to_owned()).or_default();
        let diagnostic = diagnostic(analysis, reported, encoding);
        // two open documents may both belong to what was read twice
        if !list.contains(&diagnostic) {
            list.push(diagnostic);
        }
    }
    for (file, found) in elsewhere(analysis, documents) {
        let list = all.entry(analysis.uri(file).to_owned()).or_default();
        list.extend(found.iter().map(|((at, _), found)| effect(analysis, *at, found, encoding)));
    }
}

/// What the editor shows at the place of a finding.
pub(super) fn diagnostic(
    analysis: &Analysis,
    reported: &Reported,
    encoding: Encoding,
) -> Diagnostic {
    let finding = &reported.finding;
    let mut message = visible(&finding.message).into_owned();
    if let Some(evidence) = &finding.evidence {
        let _ = write!(message, "\n{}", visible(&exchange(evidence)));
    }
    for what in &finding.depends_on {
        let _ = write!(message, "\ndepends on: {}", visible(what));
    }
    if !finding.help.is_empty() {
        let _ = write!(message, "\nhelp: {}", visible(&finding.help));
    }
    let related = finding.related.iter().take(PLACES).map(|label| DiagnosticRelatedInformation {
        location: analysis.location(label.at, encoding),
        message: if label.text.is_empty() {
            "see here".to_owned()
        } else {
            visible(&label.text).into_owned()
        },
    });
    Diagnostic {
        severity: Some(severity(finding.severity)),
        related_information: Some(related.collect()),
        data: Some(serde_json::json!({ "fingerprint": format!("{:016x}", reported.fingerprint) })),
        ..of_rule(analysis, finding.rule, finding.primary.at, message, encoding)
    }
}

fn of_rule(
    analysis: &Analysis,
    rule: &str,
    at: Location,
    message: String,
    encoding: Encoding,
) -> Diagnostic {
    Diagnostic {
        range: analysis.location(at, encoding).range,
        severity: None,
        code: Some(rule.to_owned().into()),
        code_description: Some(CodeDescription { href: crate::rules::url(rule).into() }),
        source: Some("lint401".to_owned()),
        message: message.into(),
        tags: None,
        related_information: None,
        data: None,
    }
}

fn severity(severity: Severity) -> DiagnosticSeverity {
    match severity {
        Severity::Error => DiagnosticSeverity::Error,
        Severity::Warning => DiagnosticSeverity::Warning,
        Severity::Info => DiagnosticSeverity::Information,
    }
}

/// Findings in other files, by the place in an open document that has to do with them, and by their rule.
type Effects<'a> = BTreeMap<(Location, &'static str), Vec<&'a Reported>>;

/// For each open document, what lies in other files and has to do with a place in it.
fn elsewhere<'a>(analysis: &'a Analysis, documents: &Documents) -> BTreeMap<FileId, Effects<'a>> {
    let open: Vec<FileId> = documents.paths().filter_map(|path| analysis.file(path)).collect();
    let mut all: BTreeMap<FileId, Effects<'_>> = BTreeMap::new();
    for reported in &analysis.outcome.findings {
        let finding = &reported.finding;
        let home = finding.primary.at.file;
        let mut seen: Vec<FileId> = Vec::new();
        for label in &finding.related {
            let file = label.at.file;
            // the first place of each document is enough
            if file == home || !open.contains(&file) || seen.contains(&file) {
                continue;
            }
            seen.push(file);
            let effects = all.entry(file).or_default();
            effects.entry((label.at, finding.rule)).or_default().push(reported);
        }
    }
    all
}

/// One diagnostic for everything of one rule that a place has to do with in other files.
fn effect(
    analysis: &Analysis,
    at: Location,
    found: &[&Reported],
    encoding: Encoding,
) -> Diagnostic {
    let first = &found[0].finding;
    let worst = found.iter().map(|one| one.finding.severity).max().unwrap_or(first.severity);
    let places = if found.len() == 1 {
        format!("in {}", analysis.short_name(first.primary.at))
    } else {
        format!("in {} places of other files", found.len())
    };
    let links = found.iter().take(PLACES).map(|one| DiagnosticRelatedInformation {
        location: analysis.location(one.finding.primary.at, encoding),
        message: visible(&one.finding.message).into_owned(),
    });
    Diagnostic {
        severity: Some(severity(worst)),
        related_information: Some(links.collect()),
        ..of_rule(
            analysis,
            first.rule,
            at,
            format!("{places}: {}", visible(&first.message)),
            encoding,
        )
    }
}
