//! Templates: what a generator will replace is masked, byte for byte, so that the rest can be read.
//!
//! A file is a template when its text shows it; its name only widens what counts as a sign. Masking keeps the length, so a
//! span in the masked text is a span in the file. Nothing in a template is duplicate, missing or unbalanced for certain:
//! a hole may turn into anything, a loop may repeat its body, and of the arms of an `{% if %}` only one is generated.

mod arms;
mod notation;
mod signs;
mod tags;

use super::Span;
use arms::Arm;
use std::path::Path;

/// One construct of a template language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// Its bytes, delimiters included.
    pub span: Span,
    /// What may stand there once the template has been filled in.
    pub kind: HoleKind,
}

/// What a hole can turn into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoleKind {
    /// A piece of a word: masked by `x`.
    Value,
    /// Any number of whole lines, a value that stands alone on its line: masked by blanks.
    Lines,
    /// A statement or comment that itself leaves nothing: masked by blanks, inside of a word by `x`.
    Statement,
}

/// A file as a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    masked: Vec<u8>,
    holes: Vec<Hole>,
    spans: Vec<Span>,
    arms: Vec<Arm>,
}

impl Template {
    /// Looks for the signs of a template in a file of this path. `None` for an ordinary file, which is told after a few
    /// passes of a vectorised search.
    ///
    /// Known are Jinja with its relatives (Ansible, Salt, Twig, Liquid), ERB and EPP, Go and Helm, mustache and Handlebars,
    /// HTML::Template, Terraform, envsubst, `@VAR@`, `%var%`, `%%VAR%%`, `__VAR__` and `<placeholder>`. A sign in a comment
    /// is none. `${VAR}` is a sign only in a file whose name says that it is a template: both servers have a use for it.
    #[must_use]
    pub fn detect(path: &Path, text: &[u8]) -> Option<Self> {
        let notations = signs::find(path, text);
        if notations.is_none() {
            return None;
        }
        let tags = tags::find(text, notations);
        if tags.is_empty() {
            return None;
        }
        let (masked, holes) = mask(text, &tags);
        let spans = holes.iter().map(|hole| hole.span).collect();
        Some(Self { masked, holes, spans, arms: arms::find(&tags, text.len() as u32) })
    }

    /// The bytes that parsers read, as long as the file. Line ends inside of a construct are masked, too: what is generated
    /// has none there.
    #[must_use]
    pub fn masked(&self) -> &[u8] {
        &self.masked
    }

    /// Its constructs, in the order of the file, apart from each other.
    #[must_use]
    pub fn holes(&self) -> &[Hole] {
        &self.holes
    }

    /// The bytes of all constructs: a word that shares one with them has no known value.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Whether some construct has a byte in `span`.
    #[must_use]
    pub fn touches(&self, span: Span) -> bool {
        let next = self.spans.partition_point(|hole| hole.end <= span.start);
        self.spans.get(next).is_some_and(|hole| hole.start < span.end)
    }

    /// Whether the byte at `offset` is generated only sometimes, or more than once.
    #[must_use]
    pub fn is_conditional(&self, offset: u32) -> bool {
        arms::around(&self.arms, offset).next().is_some()
    }

    /// Whether no single run generates both places: they stand in different arms of one `{% if %}`.
    #[must_use]
    pub fn excludes(&self, one: u32, other: u32) -> bool {
        arms::around(&self.arms, one).any(|a| {
            arms::around(&self.arms, other).any(|b| a.group == b.group && a.number != b.number)
        })
    }
}

/// The masked text, and its holes.
fn mask(text: &[u8], tags: &[tags::Tag]) -> (Vec<u8>, Vec<Hole>) {
    let mut masked = text.to_vec();
    let clear_before = clear_before(text, tags);
    let (clear_behind, word_behind) = behind(text, tags);
    let mut holes = Vec::with_capacity(tags.len());
    for (index, tag) in tags.iter().enumerate() {
        let range = tag.span.range();
        let in_word = range.start.checked_sub(1).is_some_and(|before| is_word(masked[before]));
        let (kind, filler) = match tag.leaves_text {
            true if clear_before[index] && clear_behind[index] => (HoleKind::Lines, b' '),
            true => (HoleKind::Value, b'x'),
            false if in_word && word_behind[index] => (HoleKind::Statement, b'x'),
            false => (HoleKind::Statement, b' '),
        };
        masked[range].fill(filler);
        holes.push(Hole { span: tag.span, kind });
    }
    (masked, holes)
}

/// For each tag, whether only blanks and tags stand before it on its line.
fn clear_before(text: &[u8], tags: &[tags::Tag]) -> Vec<bool> {
    let mut clear = true;
    let mut last = 0;
    tags.iter()
        .map(|tag| {
            let gap = &text[last..tag.span.start as usize];
            last = tag.span.end as usize;
            clear = match memchr::memrchr(b'\n', gap) {
                Some(line_end) => is_blank(&gap[line_end..]),
                None => clear && is_blank(gap),
            };
            clear
        })
        .collect()
}

/// For each tag, whether only blanks and tags follow on its line, and whether a word runs on behind it.
fn behind(text: &[u8], tags: &[tags::Tag]) -> (Vec<bool>, Vec<bool>) {
    let mut clear = vec![true; tags.len()];
    let mut word = vec![false; tags.len()];
    let mut next = text.len();
    for (index, tag) in tags.iter().enumerate().rev() {
        let gap = &text[tag.span.end as usize..next];
        let later = tags.get(index + 1);
        clear[index] = match memchr::memchr(b'\n', gap) {
            Some(line_end) => is_blank(&gap[..line_end]),
            None => is_blank(gap) && (later.is_none() || clear[index + 1]),
        };
        word[index] = match (gap.first(), later) {
            (Some(&byte), _) => is_word(byte),
            (None, Some(later)) => later.leaves_text || word[index + 1],
            (None, None) => false,
        };
        next = tag.span.start as usize;
    }
    (clear, word)
}

fn is_blank(text: &[u8]) -> bool {
    text.iter().all(u8::is_ascii_whitespace)
}

/// Whether `byte` belongs to a word in both servers' languages.
fn is_word(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !b";{}\"'#<>".contains(&byte)
}

#[cfg(test)]
mod tests;
