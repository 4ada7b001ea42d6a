//! A configuration as httpd reads it. The outermost nodes are files: `@NAME` with what stands in it.

use crate::conf::Node;
use std::fmt::Write;

/// A file of the round.
pub(super) fn file(name: &str, inner: Vec<Node>) -> Node {
    crate::conf::block(format!("@{name}"), inner)
}

/// Each file with its text.
pub(super) fn files(nodes: &[Node]) -> impl Iterator<Item = (&str, String)> {
    nodes.iter().filter_map(|node| {
        let mut text = String::new();
        write(node.inner.as_deref()?, 0, &mut text);
        Some((node.words.strip_prefix('@')?, text))
    })
}

/// All files, each below its name.
pub(super) fn text(nodes: &[Node]) -> String {
    files(nodes).fold(String::new(), |all, (name, text)| all + "--- " + name + "\n" + &text)
}

fn write(nodes: &[Node], depth: usize, out: &mut String) {
    for node in nodes {
        match &node.inner {
            None => {
                let _ = writeln!(out, "{:1$}{2}", "", depth * 4, node.words);
            }
            Some(inner) => {
                let _ = writeln!(out, "{:1$}<{2}>", "", depth * 4, node.words);
                write(inner, depth + 1, out);
                let _ = writeln!(out, "{:1$}</{2}>", "", depth * 4, node.name());
            }
        }
    }
}
