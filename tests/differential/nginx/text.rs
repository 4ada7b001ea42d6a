//! A configuration as nginx reads it.

use crate::conf::Node;
use std::fmt::Write;

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
