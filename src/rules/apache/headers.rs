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
    /// `set`, `unset` and their like, in small letters.
    pub(super) action: String,
    /// What stands for the action.
    pub(super) action_word: Value<'p>,
    /// The header, in small letters, without a colon.
    pub(super) name: String,
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
    let action = String::from_utf8_lossy(&first.known()?).to_ascii_lowercase();
    let name = String::from_utf8_lossy(&words.next()?.known()?).to_ascii_lowercase();
    let name = name.trim_end_matches(':').to_owned();
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
        self.action == "unset"
    }

    /// Whether it lets pages of certain other sites send a login, or asks what they send before they do.
    pub(super) fn is_for_logins(&self) -> bool {
        match self.name.as_str() {
            "access-control-allow-headers"
            | "access-control-allow-methods"
            | "access-control-allow-credentials" => !self.removes(),
            "access-control-allow-origin" => {
                !self.removes() && self.value.as_deref().is_some_and(|value| value != b"*")
            }
            _ => false,
        }
    }
}
