//! What an editor writes between the lines: the auth in effect behind the head of each block that answers requests, and
//! above a file that others include, who reads it.

use super::analysis::Analysis;
use super::auth::Auths;
use super::position::Encoding;
use crate::config::nginx;
use crate::report::visible;
use crate::source::{FileId, Location, Span};
use gen_lsp_types::{InlayHint, InlayHintKind, Position};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Different answers of one block that are told.
const ANSWERS: usize = 3;

/// Letters of a hint; more is cut.
const LONGEST: usize = 80;

pub(super) fn hints(
    analysis: &Analysis,
    file: FileId,
    asked: Span,
    encoding: Encoding,
) -> Vec<InlayHint> {
    let Some(tree) = analysis.project.tree(file) else { return Vec::new() };
    let source = analysis.source(file);
    let auths = Auths::of_file(analysis, file);
    let mut hints: Vec<InlayHint> = Vec::new();
    if asked.start == 0 {
        hints.extend(read_by(analysis, file));
    }
    for id in auths.blocks(file) {
        let head = tree.node(id).head;
        if head.end < asked.start || asked.end < head.start {
            continue;
        }
        let all = auths.at(file, &[id]);
        let Some(first) = all.first() else { continue };
        let mut answers: Vec<String> =
            all.iter().take(ANSWERS).map(|auth| auth.summary.clone()).collect();
        answers.dedup();
        if all.len() > ANSWERS {
            answers.push("…".to_owned());
        }
        let mut label = answers.join(" | ");
        // of one answer, where it comes from if not from here
        if let ([_], Some((_, at))) = (all.as_slice(), first.parts.first())
            && !(at.file == file && tree.node(id).span.contains(at.span))
        {
            let _ = write!(label, ", {}", analysis.short_name(*at));
        }
        hints.push(hint(encoding.position(source, head.end), shortened(&label)));
    }
    hints
}

fn hint(position: Position, label: String) -> InlayHint {
    InlayHint {
        position,
        label: label.into(),
        kind: Some(InlayHintKind::Type),
        text_edits: None,
        tooltip: None,
        padding_left: Some(true),
        padding_right: Some(true),
        data: None,
    }
}

fn shortened(label: &str) -> String {
    let label = visible(label);
    if label.chars().count() <= LONGEST {
        return label.into_owned();
    }
    label.chars().take(LONGEST).chain(['…']).collect()
}

/// `read by 3 servers`, or by which include.
fn read_by(analysis: &Analysis, file: FileId) -> Option<InlayHint> {
    let project = &analysis.project;
    let mut servers: BTreeSet<(usize, Option<Location>)> = BTreeSet::new();
    let mut readings = 0;
    for (number, data) in project.nginx.iter().enumerate() {
        let Some(known) = data.files.iter().find(|known| known.file == file) else { continue };
        for &inclusion in &known.inclusions {
            let Some((above, node)) = data.inclusions[inclusion.index()].parent else { continue };
            readings += 1;
            let site = nginx::Site { project, data };
            let include = nginx::Directive { site, inclusion: above, id: node };
            let server = include.ancestors().find(|block| block.is("server"));
            servers.insert((number, server.map(nginx::Directive::location)));
        }
    }
    for data in &project.apache {
        let Some(known) = data.files.iter().find(|known| known.file == file) else { continue };
        let all = known.inclusions.iter().map(|one| &data.inclusions[one.index()]);
        readings += all.filter(|inclusion| inclusion.parent.is_some()).count();
    }
    let in_servers = servers.iter().filter(|(_, server)| server.is_some()).count();
    let label = match (readings, in_servers) {
        (0, _) => return None,
        (1, _) => {
            let include = project.way_to(file).pop()?;
            format!("read by {}", analysis.short_name(include))
        }
        (_, servers) if servers > 1 => format!("read by {servers} servers"),
        (times, _) => format!("read {times} times"),
    };
    Some(hint(Position { line: 0, character: 0 }, label))
}
