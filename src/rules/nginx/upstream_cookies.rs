//! The cookies that a server behind a place sets, as far as it is part of the configuration.

use crate::config::nginx::{Directive, Value, variables};
use crate::grammar::nginx::id;
use crate::policy::nginx::{Passing, Place};

/// A line that sets a cookie.
pub(super) struct Cookie<'r, 'p> {
    /// The `add_header`.
    pub(super) line: Directive<'p>,
    /// The place behind in which it stands.
    pub(super) place: Place<'r, 'p>,
    text: Vec<u8>,
}

impl Cookie<'_, '_> {
    /// The value of an attribute, such as `path`; `None` where the cookie has none.
    pub(super) fn attribute(&self, name: &[u8]) -> Option<&[u8]> {
        let attributes = self.text.split(|&byte| byte == b';').skip(1);
        let mut pairs = attributes.filter_map(|pair| {
            let equals = pair.iter().position(|&byte| byte == b'=')?;
            Some((pair[..equals].trim_ascii(), pair[equals + 1..].trim_ascii()))
        });
        pairs.find_map(|(key, value)| key.eq_ignore_ascii_case(name).then_some(value))
    }
}

/// The cookies of all servers behind `passing`. Their attributes are written down; what they are worth may be a variable.
pub(super) fn cookies<'r, 'p>(passing: Passing<'r, 'p>) -> impl Iterator<Item = Cookie<'r, 'p>> {
    let places =
        passing.behind().flat_map(|server| std::iter::once(server).chain(server.descendants()));
    places.flat_map(|place| {
        let lines = place.own_all(const { &[id!("add_header")] });
        lines.filter_map(move |line| cookie(place, line))
    })
}

fn cookie<'r, 'p>(place: Place<'r, 'p>, line: Directive<'p>) -> Option<Cookie<'r, 'p>> {
    let is_cookie = line.arg(0).is_some_and(|name| name.is_ignoring_case(b"set-cookie"));
    let text = line.arg(1).filter(|_| is_cookie).and_then(Value::known)?.into_owned();
    let attributes = text.iter().position(|&byte| byte == b';').map_or(&[][..], |at| &text[at..]);
    (variables(attributes).next().is_none() && line.is_certainly_here()).then_some(Cookie {
        line,
        place,
        text,
    })
}
