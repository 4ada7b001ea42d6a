//! Header of mod_headers taken apart: `Header [condition] action name [value] [env=…|expr=…|early]`.

use crate::config::apache::{Directive, Value};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::Place;
use std::borrow::Cow;

pub(super) const HEADER: Id = id("Header");

/// A Header line whose words are known as far as they matter.
#[derive(Clone, Debug)]
pub(super) struct Line<'p> {
    /// The directive.
    pub(super) directive: Directive<'p>,
    /// Whether it is for answers of errors, too.
    pub(super) always: bool,
    /// `set`, `unset` and their like.
    action: Cow<'p, [u8]>,
    /// What stands for the action.
    pub(super) action_word: Value<'p>,
    /// The header, without a colon.
    name: Cow<'p, [u8]>,
    /// The value.
    pub(super) value: Option<Cow<'p, [u8]>>,
}

/// A Header line; `None` where its words are not known.
pub(super) fn line(directive: Directive<'_>) -> Option<Line<'_>> {
    let mut words = directive.args();
    let mut first = words.next()?;
    let always = first.is_ignoring_case(b"always");
    if always || first.is_ignoring_case(b"onsuccess") {
        first = words.next()?;
    }
    let action = first.known()?;
    let mut name = words.next()?.known()?;
    if let Some(bare) = name.strip_suffix(b":") {
        name = bare.to_vec().into();
    }
    let value = words.next().and_then(Value::known);
    Some(Line { directive, always, action, action_word: first, name, value })
}

/// The Header lines that stand in a place itself.
pub(super) fn lines<'p>(place: Place<'_, 'p>) -> impl Iterator<Item = Line<'p>> {
    place.all(const { &[HEADER] }).filter_map(|own| line(own.directive))
}

impl Line<'_> {
    /// Whether it removes the header.
    pub(super) fn removes(&self) -> bool {
        self.action.eq_ignore_ascii_case(b"unset")
    }

    /// Whether it is about the header `name`, in any letter case.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// Whether it lets pages of certain other sites send a login, or asks what they send before they do.
    pub(super) fn is_for_logins(&self) -> bool {
        const ASKED: [&str; 3] = [
            "Access-Control-Allow-Headers",
            "Access-Control-Allow-Methods",
            "Access-Control-Allow-Credentials",
        ];
        if !starts_with(&self.name, b"Access-Control-Allow-") || self.removes() {
            return false;
        }
        ASKED.iter().any(|name| self.is(name))
            || self.is("Access-Control-Allow-Origin")
                && self.value.as_deref().is_some_and(|value| value != b"*")
    }
}

/// Whether `text` starts with `start`, in any letter case.
fn starts_with(text: &[u8], start: &[u8]) -> bool {
    text.get(..start.len()).is_some_and(|text| text.eq_ignore_ascii_case(start))
}
