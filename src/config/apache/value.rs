//! An argument as it is written, and what httpd takes it for.

use super::Directive;
use super::variables::next_variable;
use crate::source::{Location, Span};
use crate::syntax::{Language, Word, WordFlags};
use std::borrow::Cow;

/// An argument, or a directive's name, as it is written.
#[derive(Clone, Copy, Debug)]
pub struct Value<'p> {
    /// The directive that it belongs to.
    pub directive: Directive<'p>,
    /// The number of the word in its file's tree.
    number: u32,
    /// The word.
    pub word: Word,
}

impl<'p> Value<'p> {
    #[inline]
    pub(super) fn new(directive: Directive<'p>, number: u32, word: Word) -> Self {
        Self { directive, number, word }
    }

    /// The bytes in the file, quotes included.
    #[inline]
    #[must_use]
    pub fn raw(self) -> &'p [u8] {
        self.directive.source().slice(self.word.span)
    }

    /// The word without quotes and escapes, variables as they are written. For a template's value, what stands in the
    /// template.
    #[inline]
    #[must_use]
    pub fn decoded(self) -> Cow<'p, [u8]> {
        self.word.decode(Language::Apache, self.directive.source().bytes())
    }

    /// What httpd takes it for, variables filled in; `None` where a template or an unknown variable has a part in it.
    #[inline]
    #[must_use]
    pub fn known(self) -> Option<Cow<'p, [u8]>> {
        if self.is_templated() {
            return None;
        }
        if !self.has_variable() {
            return Some(self.decoded());
        }
        let values = &self.directive.site.inclusion(self.directive.inclusion).values;
        let at = values.binary_search_by_key(&self.number, |(word, _)| *word).ok()?;
        values[at].1.as_deref().map(Cow::Borrowed)
    }

    /// Whether a template fills in a part of it.
    #[inline]
    #[must_use]
    pub fn is_templated(self) -> bool {
        self.word.flags.has(WordFlags::TEMPLATED)
    }

    /// Whether it holds a `${NAME}`.
    #[inline]
    #[must_use]
    pub fn has_variable(self) -> bool {
        self.directive.file().has_variables && next_variable(self.raw()).is_some()
    }

    /// The names of the variables in it.
    pub fn variables(self) -> impl Iterator<Item = &'p [u8]> {
        let mut rest = self.raw();
        std::iter::from_fn(move || {
            let (_, name, end) = next_variable(rest)?;
            rest = &rest[end..];
            Some(name)
        })
    }

    /// Whether it is exactly these bytes, whatever the quotes.
    #[inline]
    #[must_use]
    pub fn is(self, bytes: &[u8]) -> bool {
        self.known().is_some_and(|known| *known == *bytes)
    }

    /// Whether it is these bytes in any letter case.
    #[inline]
    #[must_use]
    pub fn is_ignoring_case(self, bytes: &[u8]) -> bool {
        self.known().is_some_and(|known| known.eq_ignore_ascii_case(bytes))
    }

    /// Its place among the arguments, from 0; 0 for a directive's name, too.
    #[must_use]
    pub fn index(self) -> usize {
        (self.number as usize).saturating_sub(self.directive.node().first_word as usize + 1)
    }

    /// Its text for a message, between backquotes.
    #[must_use]
    pub fn shown(self) -> String {
        crate::config::nginx::shown(&self.decoded())
    }

    /// Its text for a message, not to be computed with: bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn lossy(self) -> String {
        String::from_utf8_lossy(&self.decoded()).into_owned()
    }

    /// Where it stands, quotes included.
    #[must_use]
    pub fn location(self) -> Location {
        self.directive.at(self.word.span)
    }

    /// Where the bytes `range` of the text between the quotes stand. Meaningful only for a value without escapes.
    #[must_use]
    pub fn part(self, range: std::ops::Range<usize>) -> Location {
        let start = self.word.inner().start;
        self.directive.at(Span::new(start + range.start as u32, start + range.end as u32))
    }
}
