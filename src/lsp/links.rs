//! Where names of files lead: what an include reads, and password and group files.

use super::analysis::Analysis;
use super::position::Encoding;
use crate::config::{apache, nginx};
use crate::source::{FileId, Location, Span};
use gen_lsp_types::{DocumentLink, Position, Range};
use std::collections::BTreeMap;

/// Files that one name leads to, at most.
const TARGETS: usize = 100;

/// What `site` says of the names of files in `file`: `add` gets each with a file that it leads to. The two servers' sites
/// answer the same questions under the same names.
macro_rules! names_of {
    ($site:expr, $file:expr, $target:expr, $add:expr) => {{
        let site = $site;
        let target = $target;
        // a snippet is read many times, and its directives are looked at before what they read is
        let here = |name: Location| name.file == $file;
        for (directive, include) in site.includes() {
            let Some(name) = directive.arg(0).map(|name| name.location()) else { continue };
            if here(name) {
                for inclusion in include.read.clone() {
                    let number = site.data.inclusions[inclusion as usize].file;
                    $add(name, site.data.files[number as usize].file);
                }
            }
        }
        for (directive, reference) in site.references() {
            let name = directive.arg(0).map(|name| name.location()).filter(|name| here(*name));
            if let (Some(name), Some(target)) = (name, target(reference)) {
                $add(name, target);
            }
        }
    }};
}

/// The names of files in `file`, each with the files that it leads to.
fn names(analysis: &Analysis, file: FileId) -> BTreeMap<Span, Vec<FileId>> {
    let project = &analysis.project;
    let mut all: BTreeMap<Span, Vec<FileId>> = BTreeMap::new();
    let mut add = |at: Location, target: FileId| {
        let targets = all.entry(at.span).or_default();
        if targets.len() < TARGETS && !targets.contains(&target) {
            targets.push(target);
        }
    };
    for data in &project.nginx {
        let target = |reference: &nginx::Reference| reference.file;
        names_of!(nginx::Site { project, data }, file, target, add);
    }
    for data in &project.apache {
        let target = |reference: &apache::Reference| reference.found.as_ref()?.file;
        names_of!(apache::Site { project, data }, file, target, add);
    }
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
