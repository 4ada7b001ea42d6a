//! Edits that put whole directives into a block.

use crate::config::nginx::Directive;
use crate::diagnostic::Edit;
use crate::source::Span;

/// `text` on a line of its own below `directive`, as far indented; behind it where others stand on its line.
pub(super) fn below(directive: Directive<'_>, text: &str) -> Edit {
    let source = directive.source().bytes();
    let span = directive.node().span;
    let end = span.end as usize;
    let rest =
        source[end..].iter().position(|&byte| byte == b'\n').map_or(source.len(), |at| end + at);
    let rest = if source[..rest].ends_with(b"\r") && rest > end { rest - 1 } else { rest };
    let behind = source[end..rest].trim_ascii_start();
    match line_start(directive) {
        Some(indent) if behind.is_empty() || behind.starts_with(b"#") => {
            let line_end = if source.get(rest) == Some(&b'\r') { "\r\n" } else { "\n" };
            let at = directive.at(Span::empty(rest as u32));
            Edit::insert(at, [line_end.as_bytes(), indent, text.as_bytes()].concat())
        }
        _ => Edit::insert(directive.at(Span::empty(span.end)), format!(" {text}")),
    }
}

/// `text` on a line of its own above `directive`, as far indented; in front of it where others stand on its line.
pub(super) fn above(directive: Directive<'_>, text: &[u8]) -> Edit {
    let indent = match line_start(directive) {
        Some(indent) => [b"\n", indent].concat(),
        None => b" ".to_vec(),
    };
    Edit::insert(directive.location(), [text, &indent].concat())
}

/// What a directive is indented by, where nothing else stands before it on its line.
fn line_start(directive: Directive<'_>) -> Option<&[u8]> {
    let before = &directive.source().bytes()[..directive.node().span.start as usize];
    let line = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
    let indent = &before[line..];
    indent.iter().all(|byte| matches!(byte, b' ' | b'\t')).then_some(indent)
}
