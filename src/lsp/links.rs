//! Where names of files lead: what an include reads, and password and group files.

use super::analysis::Analysis;
use super::position::Encoding;
use crate::config::{apache, nginx};
use crate::source::{FileId, Location, Span};
use gen_lsp_types::{DocumentLink, Position, Range};
use std::collections::BTreeMap;

/// Files that one name leads to, at most.
const TARGETS: usize = 100;

/// The names of files in `file`, each with the files that it leads to.
fn names(analysis: &Analysis, file: FileId) -> BTreeMap<Span, Vec<FileId>> {
    let project = &analysis.project;
    let mut all: BTreeMap<Span, Vec<FileId>> = BTreeMap::new();
    let mut add = |at: Location, target: FileId| {
        let targets = all.entry(at.span).or_default();
        if at.file == file && targets.len() < TARGETS && !targets.contains(&target) {
            targets.push(target);
        }
    };
    for data in &project.nginx {
        let site = nginx::Site { project, data };
        for (directive, include) in site.includes() {
            let Some(name) = directive.arg(0) else { continue };
            for inclusion in include.read.clone() {
                let number = data.inclusions[inclusion as usize].file;
                add(name.location(), data.files[number as usize].file);
            }
        }
        for (directive, reference) in site.references() {
            if let (Some(name), Some(target)) = (directive.arg(0), reference.file) {
                add(name.location(), target);
            }
        }
    }
    for data in &project.apache {
        let site = apache::Site { project, data };
        for (directive, include) in site.includes() {
            let Some(name) = directive.arg(0) else { continue };
            for inclusion in include.read.clone() {
                let number = data.inclusions[inclusion as usize].file;
                add(name.location(), data.files[number as usize].file);
            }
        }
        for (directive, reference) in site.references() {
            let target = reference.found.as_ref().and_then(|found| found.file);
            if let (Some(name), Some(target)) = (directive.arg(0), target) {
                add(name.location(), target);
            }
        }
    }
    all.retain(|_, targets| !targets.is_empty());
    all
}

/// The links of a document; a pattern that leads to several files is none, but can be gone to.
pub(super) fn links(analysis: &Analysis, file: FileId, encoding: Encoding) -> Vec<DocumentLink> {
    let source = analysis.source(file);
    let names = names(analysis, file).into_iter();
    names
        .filter_map(|(span, targets)| match targets.as_slice() {
            [target] => Some(DocumentLink {
                range: encoding.range(source, span),
                target: Some(analysis.uri(*target).into()),
                tooltip: None,
                data: None,
            }),
            _ => None,
        })
        .collect()
}

/// The files that the name at `offset` leads to.
pub(super) fn definition(
    analysis: &Analysis,
    file: FileId,
    offset: u32,
) -> Vec<gen_lsp_types::Location> {
    let names = names(analysis, file);
    let found = names.iter().find(|(span, _)| span.start <= offset && offset <= span.end);
    let top = Position { line: 0, character: 0 };
    let place = |target: &FileId| gen_lsp_types::Location {
        uri: analysis.uri(*target).into(),
        range: Range { start: top, end: top },
    };
    found.map_or(Vec::new(), |(_, targets)| targets.iter().map(place).collect())
}
