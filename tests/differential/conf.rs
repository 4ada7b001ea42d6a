//! A configuration as a tree, so that parts can be taken out of it again.

use std::fmt::Write;

/// A directive, or a block with what stands in it.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) words: String,
    pub(crate) inner: Option<Vec<Node>>,
}

/// A directive without a block.
pub(crate) fn line(words: impl Into<String>) -> Node {
    Node { words: words.into(), inner: None }
}

/// A block.
pub(crate) fn block(words: impl Into<String>, inner: Vec<Node>) -> Node {
    Node { words: words.into(), inner: Some(inner) }
}

impl Node {
    /// The first word.
    pub(crate) fn name(&self) -> &str {
        self.words.split(' ').next().unwrap_or_default()
    }
}

/// The text of `nodes`.
pub(crate) fn text(nodes: &[Node]) -> String {
    let mut out = String::new();
    write(nodes, 0, &mut out);
    out
}

fn write(nodes: &[Node], depth: usize, out: &mut String) {
    for node in nodes {
        let _ = write!(out, "{:1$}{2}", "", depth * 4, node.words);
        match &node.inner {
            None => out.push_str(";\n"),
            Some(inner) => {
                out.push_str(" {\n");
                write(inner, depth + 1, out);
                let _ = writeln!(out, "{:1$}}}", "", depth * 4);
            }
        }
    }
}
