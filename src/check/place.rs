//! Where in a file a place lies: the directive that holds it and the blocks around that, each worked out once.

use crate::config::Project;
use crate::source::{FileId, Location, Span};
use crate::syntax::{Language, NodeId, Tree};
use std::collections::HashMap;

/// How many blocks around a directive are named, the innermost ones.
const BLOCKS_NAMED: usize = 8;

/// How many bytes of a directive or a line are looked at: enough to tell it from others.
const LOOKED_AT: usize = 1024;

/// Answers where places lie. Asked in the order of each file, all answers together cost no more than the file is long.
pub(super) struct Places<'p> {
    pub(super) project: &'p Project,
    /// How far up the search from a node had to go the last time. Later places in the file lie no lower.
    climbed: HashMap<(FileId, NodeId), Option<NodeId>>,
    names: HashMap<(FileId, NodeId), String>,
}

impl<'p> Places<'p> {
    pub(super) fn new(project: &'p Project) -> Self {
        Self { project, climbed: HashMap::new(), names: HashMap::new() }
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

    /// The blocks of its own file that `at` lies in, outermost first; `None` at the top of the file.
    pub(super) fn blocks_around(&mut self, at: Location) -> Option<Vec<String>> {
        let (tree, id) = self.directive(at)?;
        let mut names: Vec<String> = tree
            .ancestors(id)
            .take(BLOCKS_NAMED)
            .map(|block| {
                self.names
                    .entry((at.file, block))
                    .or_insert_with(|| block_name(self.project, at.file, tree, block))
                    .clone()
            })
            .collect();
        names.reverse();
        (!names.is_empty()).then_some(names)
    }

    /// The line that holds the start of `at`, whitespace folded and secrets masked.
    pub(super) fn line(&self, at: Location) -> Vec<u8> {
        let file = self.project.sources.get(at.file);
        let lines = file.lines();
        let start = lines.start(lines.line(at.span.start));
        let length = lines.text(lines.line(at.span.start), file.bytes()).len();
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

/// A block as people speak of it: `server shop.example`, `location /`, `Directory /var/www`.
fn block_name(project: &Project, file: FileId, tree: &Tree, block: NodeId) -> String {
    let text = project.sources.get(file).text();
    let words = |id: NodeId| {
        let words = tree.words(id);
        let span = words[0].span.cover(words[words.len() - 1].span);
        String::from_utf8_lossy(&folded(project, file, span)).into_owned()
    };
    let named_inside = match tree.language {
        Language::Nginx => (&b"server"[..], &b"server_name"[..]),
        Language::Apache => (&b"VirtualHost"[..], &b"ServerName"[..]),
    };
    let own = words(block);
    if !tree.name(block).span.of(text).eq_ignore_ascii_case(named_inside.0) {
        return own;
    }
    let name = tree
        .children(Some(block))
        .find(|&child| tree.name(child).span.of(text).eq_ignore_ascii_case(named_inside.1))
        .and_then(|child| tree.args(child).first())
        .map(|word| folded(project, file, word.span));
    match name {
        Some(name) => format!("{own} {}", String::from_utf8_lossy(&name)),
        None => own,
    }
}
