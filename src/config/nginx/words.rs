//! What is inside a value: the variables that nginx puts in, and how to find the few values that hold certain bytes.

use super::{Directive, InclusionId, Site, Value};
use crate::syntax::{NodeId, NodeKind};
use memchr::{memchr, memmem};
use std::ops::Range;

/// A `$` in a value, as `ngx_http_script_compile` takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable<'v> {
    /// The name; a digit for a capture, empty for what nginx calls an invalid variable name.
    pub name: &'v [u8],
    /// Where it stands in the value, from the `$` to its last byte.
    pub range: Range<usize>,
    /// Whether the name stands between braces.
    pub braced: bool,
}

impl Variable<'_> {
    /// Whether it is `$1` to `$9`: what the last regular expression captured.
    #[must_use]
    pub fn is_capture(&self) -> bool {
        !self.braced && matches!(self.name, [b'1'..=b'9'])
    }
}

/// The variables in a decoded value, in order.
pub fn variables(value: &[u8]) -> impl Iterator<Item = Variable<'_>> {
    let mut next = 0;
    std::iter::from_fn(move || {
        let start = next + memchr(b'$', value.get(next..)?)?;
        let braced = value.get(start + 1) == Some(&b'{');
        let first = start + 1 + usize::from(braced);
        let rest = value.get(first..).unwrap_or_default();
        let length = match rest.first() {
            Some(b'1'..=b'9') if !braced => 1,
            _ => rest
                .iter()
                .take_while(|&&byte| byte.is_ascii_alphanumeric() || byte == b'_')
                .count(),
        };
        let closed = braced && rest.get(length) == Some(&b'}');
        next = first + length + usize::from(closed);
        Some(Variable { name: &rest[..length], range: start..next, braced })
    })
}

impl<'p> Site<'p> {
    /// Every value that holds `needle` as it is written, with its directive, each once, in the order of files and lines.
    /// Lines of free-form blocks are among them; a directive's name is none.
    pub fn values_with(self, needle: &'p [u8]) -> impl Iterator<Item = (Directive<'p>, Value<'p>)> {
        self.data.files.iter().flat_map(move |file| {
            let tree = self.project.trees[file.file.index()].as_ref();
            let text = self.project.sources.get(file.file).text();
            let mut last = None;
            memmem::find_iter(text, needle).filter_map(move |at| {
                let tree = tree?;
                let at = at as u32;
                let word = tree.words.partition_point(|word| word.span.end <= at);
                if tree.words.get(word)?.span.start > at || last.replace(word) == Some(word) {
                    return None;
                }
                let node = tree.nodes.partition_point(|node| node.first_word as usize <= word);
                let id = NodeId(node.checked_sub(1)? as u32);
                let directive = Directive { site: self, inclusion: file.inclusion, id };
                let index = word - tree.node(id).first_word as usize;
                // the first word of a line of data is a value like the others
                let value = match (index, tree.node(id).kind) {
                    (0, NodeKind::Entry) => directive.name_value(),
                    (0, _) => return None,
                    (index, _) => directive.arg(index - 1)?,
                };
                Some((directive, value))
            })
        })
    }
}

/// A block of a configuration as a key: its inclusion and node; `None` for the top.
pub type BlockKey = Option<(InclusionId, NodeId)>;

impl Directive<'_> {
    /// The block that it stands in, as a key.
    #[must_use]
    pub fn block_key(self) -> BlockKey {
        self.parent().map(|block| (block.inclusion, block.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(value: &str) -> Vec<(&str, &str)> {
        variables(value.as_bytes())
            .map(|one| (std::str::from_utf8(one.name).unwrap_or("?"), &value[one.range]))
            .collect()
    }

    #[test]
    fn variables_end_where_nginx_ends_them() {
        assert_eq!(names("$http_x-api-key"), [("http_x", "$http_x")]);
        assert_eq!(names("a${b}c$d.e"), [("b", "${b}"), ("d", "$d")]);
        assert_eq!(names("k$1x$10"), [("1", "$1"), ("1", "$1")]);
        assert_eq!(names("${http_x-a}"), [("http_x", "${http_x")]);
        assert_eq!(names("100$"), [("", "$")]);
        assert_eq!(names("$$a"), [("", "$"), ("a", "$a")]);
        assert_eq!(names("${1}"), [("1", "${1}")]);
        assert!(names("none").is_empty());
    }
}
