//! What is looked at in each word: its quotes, a brace that was meant as a part of it, its length, and whether a directive
//! starts with it that nothing separates from the one before.

use super::blocks::{Block, looks_like_name};
use super::braces::quantifier_len;
use super::file::{BUFFER, Reader};
use super::lexer;
use super::quotes::{Misfit, misfit};
use crate::source::Span;
use crate::syntax::{SyntaxErrorKind, Word, WordFlags};
use memchr::memchr;

impl Reader<'_> {
    /// Takes the word from `start` up to `self.at`.
    pub(super) fn word(&mut self, start: usize, mut flags: WordFlags) {
        if flags.has(WordFlags::DOUBLE) || flags.has(WordFlags::SINGLE) {
            flags = self.check_quotes(start, flags);
        } else if self.text.get(self.at) == Some(&b'{') {
            self.check_quantifier(start);
        }
        let span = Span::new(start as u32, self.at as u32);
        if !self.holes.is_empty() && self.is_templated(span) {
            flags = flags.with(WordFlags::TEMPLATED);
        }
        let word = Word { span, flags };
        if span.len() as usize >= BUFFER - 2 && self.is_too_long(word) {
            self.error(SyntaxErrorKind::TooLongWord, span, None);
        }
        if let Some(last) = self.pending().last() {
            let gap = &self.text[last.span.end as usize..start];
            let starts_line = gap != b" " && memchr(b'\n', gap).is_some();
            if (starts_line || self.pending().len() > 1) && looks_like_name(span.of(self.text)) {
                self.tree.run_ons.push(self.tree.words.len() as u32);
            }
        }
        let is_name = self.pending().is_empty();
        self.tree.words.push(word);
        if is_name && self.text[start..self.at].ends_with(b"_by_lua_block") {
            self.check_lua_head();
        }
    }

    fn is_templated(&mut self, span: Span) -> bool {
        while self.holes.first().is_some_and(|hole| hole.end <= span.start) {
            self.holes = &self.holes[1..];
        }
        self.holes.first().is_some_and(|hole| hole.overlaps(span))
    }

    /// What nginx asks for behind a closing quote, and that there is one. Moves `self.at` to where the word ends.
    fn check_quotes(&mut self, start: usize, flags: WordFlags) -> WordFlags {
        let closed = !flags.has(WordFlags::UNCLOSED);
        let next = self.text.get(self.at).copied();
        // a `}` there is for `close_brace` to complain of
        let fine =
            next.is_none_or(|byte| lexer::is_blank(byte) || b";{)}".contains(&byte)) && closed;
        if fine {
            let word = Span::new(start as u32, self.at as u32);
            if let Some(before) =
                self.pending().last().filter(|before| before.span.end == word.start)
                && before.is_quoted()
            {
                self.error(SyntaxErrorKind::TextAfterQuote, word, Some(before.span));
            }
            return flags;
        }
        let quote = Span::new(start as u32, start as u32 + 1);
        let (kind, at, because) = match misfit(self.text, start, self.at, closed) {
            // whether the next quote is too much or starts a word is known when its partner is
            Misfit::Glued if matches!(next, Some(b'"' | b'\'')) => return flags,
            Misfit::Glued => {
                let glued =
                    lexer::bare(&self.text[self.at..]).map_or(1, |(_, (text, _))| text.len());
                let at = Span::new(self.at as u32, (self.at + glued) as u32);
                let word = Span::new(start as u32, self.at as u32);
                self.error(SyntaxErrorKind::TextAfterQuote, at, Some(word));
                return flags;
            }
            Misfit::ClosedAt(end) if end > start + 1 => {
                self.at = end;
                (SyntaxErrorKind::MissingQuote, Span::empty(end as u32), Some(quote))
            }
            Misfit::ClosedAt(_) | Misfit::Stray => {
                self.at = start + 1;
                (SyntaxErrorKind::MissingQuote, quote, None)
            }
        };
        self.error(kind, at, because);
        flags.with(WordFlags::UNCLOSED)
    }

    /// A `{` glued to a bare word ends it. Where a regex's quantifier such as `{2,4}` was meant, the word goes on.
    fn check_quantifier(&mut self, start: usize) {
        let first = if self.pending().is_empty() { None } else { Block::named(self.name()) };
        // `map $a $b{2} x;}` is odd and right
        if self.entries_of().is_none() && first.is_some_and(Block::is_free_form) {
            return;
        }
        let mut found = false;
        while let Some(len) = quantifier_len(&self.text[self.at..]) {
            found = true;
            self.at += len;
            if let Ok((_, (more, _))) = lexer::bare(&self.text[self.at..]) {
                self.at += more.len();
            }
        }
        if found {
            let word = Span::new(start as u32, self.at as u32);
            self.error(SyntaxErrorKind::UnquotedBrace, word, None);
        }
    }

    /// Lua cannot be read as words: that its `{` is missing must be seen before that is tried.
    fn check_lua_head(&mut self) {
        let next = self.text[self.at..].iter().find(|&&byte| !lexer::is_blank(byte));
        if !matches!(next, None | Some(b'{' | b'$' | b'#')) {
            self.missing_open_brace();
        }
    }

    /// Whether nginx's buffer is full before it has seen where `word` ends.
    fn is_too_long(&self, word: Word) -> bool {
        let start = word.inner().start as usize;
        let end = word.span.end as usize;
        let next_is_blank = self.text.get(end).is_none_or(|&byte| lexer::is_blank(byte));
        let read = end - start + usize::from(next_is_blank);
        read >= BUFFER && self.text.len() > start + BUFFER
    }
}
