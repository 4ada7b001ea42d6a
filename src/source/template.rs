//! Templates: what a generator will replace is masked, byte for byte, so that the rest can be read.

use super::Span;
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
    /// A piece of a word: masked by `x`, the word is flagged as templated.
    Value,
    /// Any number of whole lines, a value that stands alone on its line: masked by blanks.
    Lines,
    /// A statement or comment that itself leaves nothing: masked by blanks.
    Statement,
}

/// A file as a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    masked: Vec<u8>,
    /// Its constructs, in the order of the file.
    pub holes: Vec<Hole>,
}

impl Template {
    /// What `bytes`, read from `path`, are as a template; `None` for an ordinary file.
    #[must_use]
    pub fn detect(path: &Path, bytes: &[u8]) -> Option<Self> {
        let _ = (path, bytes);
        None
    }

    /// The bytes that parsers read, as long as the file.
    #[must_use]
    pub fn masked(&self) -> &[u8] {
        &self.masked
    }
}
