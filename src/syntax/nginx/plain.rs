//! Directives of nothing but plain words, as most are, read in one pass.

use super::blocks::looks_like_name;
use super::file::{BUFFER, Reader};
use super::lexer::is_blank;
use crate::source::Span;
use crate::syntax::eights::harmless;
use crate::syntax::{NodeKind, Word, WordFlags};
use memchr::memchr;

impl Reader<'_> {
    /// Takes the next directive if it is nothing but plain words and their `;`, in front of `limit`: no quotes, braces,
    /// escapes, comments or template's values. What is left alone, the thorough way reads. Says whether it took one.
    pub(super) fn plain(&mut self, limit: usize) -> bool {
        if self.tree.words.len() > self.first_word
            || self.entries_of().is_some()
            || !self.holes.is_empty()
        {
            return false;
        }
        let run_ons = self.tree.run_ons.len();
        let taken = self.plain_words(limit);
        let Some(end) = taken else {
            self.tree.words.truncate(self.first_word);
            self.tree.run_ons.truncate(run_ons);
            return false;
        };
        self.at = end;
        self.node(NodeKind::Simple, self.tree.words.len(), end as u32);
        true
    }

    /// Reads the words of such a directive; where it ends, its `;` included.
    fn plain_words(&mut self, limit: usize) -> Option<usize> {
        let text = self.text.get(..limit).filter(|text| self.at <= text.len())?;
        let mut at = behind_blanks(text, self.at);
        let mut before = at;
        loop {
            let start = at;
            if matches!(text.get(at)?, b';' | b'{' | b'}' | b'"' | b'\'' | b'#') {
                return None;
            }
            at += word_len(&text[at..]);
            let end = at;
            let word = &text[start..end];
            let number = self.tree.words.len() - self.first_word;
            let is_odd = match number {
                // what the thorough way asks of names
                0 => matches!(word.last(), Some(b'"' | b'\'')) || word.ends_with(b"_by_lua_block"),
                _ => false,
            };
            if is_odd || word.is_empty() || word.len() >= BUFFER - 2 {
                return None;
            }
            let gap = &text[before..start];
            let may_run_on = number > 1 || gap != b" " && memchr(b'\n', gap).is_some();
            if number > 0 && may_run_on && looks_like_name(word) {
                self.tree.run_ons.push(self.tree.words.len() as u32);
            }
            let span = Span::new(start as u32, end as u32);
            self.tree.words.push(Word { span, flags: WordFlags::default() });
            before = end;
            match text.get(at)? {
                b';' => return Some(at + 1),
                &byte if is_blank(byte) => at = behind_blanks(text, at),
                _ => return None,
            }
            if text.get(at) == Some(&b';') {
                return Some(at + 1);
            }
        }
    }
}

/// How many bytes there are in front of a blank, `;`, `{` or an escape.
#[inline]
fn word_len(text: &[u8]) -> usize {
    let mut len = harmless(text, *b";{\\");
    while text.get(len).is_some_and(|&byte| !is_blank(byte) && !b";{\\".contains(&byte)) {
        len += 1;
    }
    len
}

/// Where the blanks end that begin at `at`.
#[inline]
fn behind_blanks(text: &[u8], mut at: usize) -> usize {
    // a line's indentation is most of them
    at += usize::from(text.get(at) == Some(&b'\n'));
    while text[at..].starts_with(b"    ") {
        at += 4;
    }
    while text.get(at).copied().is_some_and(is_blank) {
        at += 1;
    }
    at
}
