//! What is inside a value: the variables that nginx puts in, and how to find the few values that hold certain bytes.

use super::{Directive, InclusionId, Site, Value};
use crate::source::{Location, Span};
use crate::syntax::{NodeId, NodeKind, WordFlags};
use memchr::{memchr, memchr_iter, memmem};
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
    pub fn values_with(self, needle: &[u8]) -> impl Iterator<Item = (Directive<'p>, Value<'p>)> {
        self.values_at(move |text| memmem::find_iter(text, needle))
    }

    /// Every value with a `$` for which `meant` says of the text behind it that it is looked for; else like
    /// [`Self::values_with`].
    pub fn values_with_variable(
        self,
        meant: impl Fn(&[u8]) -> bool,
    ) -> impl Iterator<Item = (Directive<'p>, Value<'p>)> {
        self.values_at(move |text| {
            let meant = &meant;
            memchr_iter(b'$', text).filter(move |&at| meant(&text[at + 1..])).collect::<Vec<_>>()
        })
    }

    /// Every value that holds an offset of those that `find` gives for the text of a file, ascending.
    fn values_at<I: IntoIterator<Item = usize>>(
        self,
        find: impl Fn(&'p [u8]) -> I,
    ) -> impl Iterator<Item = (Directive<'p>, Value<'p>)> {
        self.data.files.iter().flat_map(move |file| {
            let tree = self.project.trees[file.file.index()].as_ref();
            let text = self.project.sources.get(file.file).text();
            let mut last = None;
            let (mut word, mut node) = (0, 0);
            find(text).into_iter().filter_map(move |at| {
                let tree = tree?;
                let at = at as u32;
                word = advance(&tree.words, word, |word| word.span.end <= at);
                if tree.words.get(word)?.span.start > at || last.replace(word) == Some(word) {
                    return None;
                }
                node = advance(&tree.nodes, node, |node| node.first_word as usize <= word);
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

/// The first of `items` from `from` on that is not `passed`; those that are stand in front. What is near is found soon.
fn advance<T>(items: &[T], from: usize, passed: impl Fn(&T) -> bool) -> usize {
    let mut step = 1;
    let mut low = from;
    while let Some(item) = items.get(low + step - 1)
        && passed(item)
    {
        low += step;
        step *= 2;
    }
    let high = items.len().min(low + step);
    low + items[low..high].partition_point(passed)
}

/// A block of a configuration as a key: its inclusion and node; `None` for the top.
pub type BlockKey = Option<(InclusionId, NodeId)>;

impl Directive<'_> {
    /// The block that it stands in, as a key.
    #[must_use]
    pub fn block_key(self) -> BlockKey {
        self.parent().map(|block| (block.inclusion, block.id))
    }

    /// What to delete when it goes: its lines where nothing else stands on them, or just itself.
    #[must_use]
    pub fn lines_location(self) -> Location {
        let text = self.source().bytes();
        let span = self.node().span;
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r');
        let before =
            text[..span.start as usize].iter().rev().take_while(|byte| blank(byte)).count();
        let after = text[span.end as usize..].iter().take_while(|byte| blank(byte)).count();
        let (start, end) = (span.start as usize - before, span.end as usize + after);
        let starts_line = start == 0 || text[start - 1] == b'\n';
        match text.get(end) {
            Some(b'\n') if starts_line => self.at(Span::new(start as u32, end as u32 + 1)),
            None if starts_line => self.at(Span::new(start as u32, end as u32)),
            _ => self.at(span),
        }
    }
}

/// How many characters of a value a message shows.
const SHOWN: usize = 60;

/// Text for a message, between backquotes: shortened, and what is not UTF-8 replaced.
#[must_use]
pub fn shown(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}

impl Value<'_> {
    /// Its text for a message.
    #[must_use]
    pub fn shown(self) -> String {
        shown(&self.decoded())
    }

    /// Whether it is these bytes in any letter case.
    #[must_use]
    pub fn is_ignoring_case(self, bytes: &[u8]) -> bool {
        self.known().is_some_and(|known| known.eq_ignore_ascii_case(bytes))
    }

    /// Where the bytes `range` of the decoded value stand; the whole value where escapes move them about.
    #[must_use]
    pub fn part_or_all(self, range: Range<usize>) -> Location {
        if self.word.flags.has(WordFlags::ESCAPED) { self.location() } else { self.part(range) }
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
