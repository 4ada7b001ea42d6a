//! Where in a file a place lies: the directive that holds it and the blocks around that, each worked out once.

use crate::config::Project;
use crate::source::{FileId, Location, Span};
use crate::syntax::{NodeId, Tree};
use std::collections::HashMap;

/// How many bytes of a directive or a line are looked at: enough to tell it from others.
const LOOKED_AT: usize = 1024;

/// Answers where places lie. Asked in the order of each file, all answers together cost no more than the file is long.
pub(super) struct Places<'p> {
    pub(super) project: &'p Project,
    /// How far up the search from a node had to go the last time. Later places in the file lie no lower.
    climbed: HashMap<(FileId, NodeId), Option<NodeId>>,
}

impl<'p> Places<'p> {
    pub(super) fn new(project: &'p Project) -> Self {
        Self { project, climbed: HashMap::new() }
    }

    /// The innermost directive that holds the start of `at`, or ends there.
    pub(super) fn directive(&mut self, at: Location) -> Option<(&'p Tree, NodeId)> {
        let tree = self.project.tree(at.file)?;
        let before = tree.nodes.partition_point(|node| node.span.start <= at.span.start);
        let last = NodeId(u32::try_from(before.checked_sub(1)?).ok()?);
        let mut node = *self.climbed.get(&(at.file, last)).unwrap_or(&Some(last));
        while let Some(id) = node
            && tree.node(id).span.end < at.span.start
        {
            node = tree.node(id).parent;
        }
        self.climbed.insert((at.file, last), node);
        Some((tree, node?))
    }

    /// The line that holds the start of `at`, whitespace folded and secrets masked.
    pub(super) fn line(&self, at: Location) -> Vec<u8> {
        let file = self.project.sources.get(at.file);
        let lines = file.lines();
        let start = lines.start(lines.line(at.span.start));
        let length = lines.text(lines.line(at.span.start)).len();
        folded(self.project, at.file, Span::new(start, start + length as u32))
    }
}

/// The text of `span` with every run of whitespace as one blank and every secret as one star, however long it is.
pub(super) fn folded(project: &Project, file: FileId, span: Span) -> Vec<u8> {
    let bytes = project.sources.get(file).bytes();
    let end = span.end.min(span.start.saturating_add(LOOKED_AT as u32)).min(bytes.len() as u32);
    let span = Span::new(span.start.min(end), end);
    let mut out = Vec::new();
    let mut push = |bytes: &[u8]| {
        for &byte in bytes {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => {
                    if out.last().is_some_and(|&last| last != b' ') {
                        out.push(b' ');
                    }
                }
                _ => out.push(byte),
            }
        }
    };
    let mut at = span.start;
    for secret in project.secrets_in(file, span) {
        push(Span::new(at, secret.start.max(at)).of(bytes));
        push(b"*");
        at = secret.end.min(span.end);
    }
    push(Span::new(at, span.end).of(bytes));
    if out.last() == Some(&b' ') {
        out.pop();
    }
    out
}
