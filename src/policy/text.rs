//! Text of which parts may be unknown: the value of a variable, a header, a path.

use super::world::{Cause, World};
use std::borrow::Cow;

/// A piece of a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Part {
    Known(Vec<u8>),
    Unknown(Cause),
}

/// Text of which parts may be unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Text(Vec<Part>);

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        Self::from(bytes.to_vec())
    }
}

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        Self(if bytes.is_empty() { Vec::new() } else { vec![Part::Known(bytes)] })
    }
}

impl From<Cause> for Text {
    fn from(cause: Cause) -> Self {
        Self(vec![Part::Unknown(cause)])
    }
}

impl Text {
    /// The empty text.
    pub const EMPTY: Self = Self(Vec::new());

    /// Adds `other` at the end.
    pub fn push(&mut self, other: Self) {
        for part in other.0 {
            match (self.0.last_mut(), part) {
                (Some(Part::Known(before)), Part::Known(more)) => before.extend_from_slice(&more),
                (_, part) => self.0.push(part),
            }
        }
    }

    /// The text, where all of it is known.
    #[must_use]
    pub fn known(&self) -> Option<&[u8]> {
        match &*self.0 {
            [] => Some(b""),
            [Part::Known(bytes)] => Some(bytes),
            _ => None,
        }
    }

    /// Why it is not known; `None` when it is.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        self.0.iter().find_map(|part| match part {
            Part::Unknown(cause) => Some(cause),
            Part::Known(_) => None,
        })
    }

    /// What is known of its beginning.
    #[must_use]
    pub fn prefix(&self) -> &[u8] {
        match self.0.first() {
            Some(Part::Known(bytes)) => bytes,
            _ => b"",
        }
    }

    /// Its pieces in their order: bytes, or what they depend on.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = Result<&[u8], &Cause>> {
        self.0.iter().map(|part| match part {
            Part::Known(bytes) => Ok(&**bytes),
            Part::Unknown(cause) => Err(cause),
        })
    }

    fn suffix(&self) -> &[u8] {
        match self.0.last() {
            Some(Part::Known(bytes)) => bytes,
            _ => b"",
        }
    }

    /// Whether it is empty in this world.
    pub fn is_empty(&self, world: &mut World) -> bool {
        let known = |part: &Part| matches!(part, Part::Known(bytes) if !bytes.is_empty());
        if self.0.iter().any(known) {
            return false;
        }
        self.0.iter().all(|part| match part {
            Part::Known(_) => true,
            // most values that are not known are there: that way comes first
            Part::Unknown(cause) => !world.holds(question(cause, "is not empty")),
        })
    }

    /// Whether it is `bytes` in this world.
    pub fn is(&self, bytes: &[u8], world: &mut World) -> bool {
        self.compare(bytes, world, |a, b| a == b)
    }

    /// Whether it is `bytes` in this world, whatever the letter case.
    pub fn is_ignoring_case(&self, bytes: &[u8], world: &mut World) -> bool {
        self.compare(bytes, world, <[u8]>::eq_ignore_ascii_case)
    }

    fn compare(&self, bytes: &[u8], world: &mut World, same: fn(&[u8], &[u8]) -> bool) -> bool {
        let Some(cause) = self.cause() else {
            return same(self.known().unwrap_or_default(), bytes);
        };
        if bytes.is_empty() {
            return self.is_empty(world);
        }
        let (prefix, suffix) = (self.prefix(), self.suffix());
        let fits = bytes.len() >= prefix.len() + suffix.len()
            && same(&bytes[..prefix.len()], prefix)
            && same(&bytes[bytes.len() - suffix.len()..], suffix);
        let text = format!("is `{}`", String::from_utf8_lossy(bytes));
        // that an unknown value is just this one is the way that comes last
        fits && world.choose(question(cause, &text), 2) == 1
    }

    /// Whether it is the same as `other` in this world.
    pub fn equals(&self, other: &Self, world: &mut World) -> bool {
        match (self.known(), other.known()) {
            (Some(bytes), _) => other.is(bytes, world),
            (None, Some(bytes)) => self.is(bytes, world),
            (None, None) if self == other => true,
            (None, None) => match self.cause() {
                Some(cause) => {
                    world.holds(question(cause, "is the same as what it is compared with"))
                }
                None => false,
            },
        }
    }

    /// The text for people: what is not known is an ellipsis.
    #[must_use]
    pub fn shown(&self) -> Cow<'_, str> {
        match &*self.0 {
            [Part::Known(bytes)] => String::from_utf8_lossy(bytes),
            parts => parts
                .iter()
                .map(|part| match part {
                    Part::Known(bytes) => String::from_utf8_lossy(bytes),
                    Part::Unknown(_) => "…".into(),
                })
                .collect::<String>()
                .into(),
        }
    }
}

/// A question about something whose value is not known: "whether the value of $x is empty".
pub(crate) fn question(cause: &Cause, what: &str) -> Cause {
    Cause { at: cause.at, text: format!("whether {} {what}", cause.text) }
}
