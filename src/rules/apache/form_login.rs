//! What several rules ask of a login by form: where it is needed, where the form is taken, which cookie keeps it.

use super::login::needs_user;
use crate::config::apache::{Directive, Value};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Effective, Place, Policy, ServerId};
use std::borrow::Cow;

const AUTH_TYPE: Id = id("AuthType");
const SET_HANDLER: Id = id("SetHandler");
const BASIC_PROVIDER: Id = id("AuthBasicProvider");
/// What names the cookie of a session.
pub(super) const COOKIES: [Id; 4] = [
    id("SessionCookieName"),
    id("SessionCookieName2"),
    id("SessionDBDCookieName"),
    id("SessionDBDCookieName2"),
];

/// The sections that set AuthType `name` themselves and let in users.
pub(super) fn with_type<'a, 'p>(
    policy: &'a Policy<'p>,
    name: &'static [u8],
) -> impl Iterator<Item = (Place<'a, 'p>, Directive<'p>)> {
    policy.places().filter_map(move |place| {
        let own = place.own(AUTH_TYPE)?;
        (own.directive.says(name) && needs_user(place)).then_some((place, own.directive))
    })
}

/// More forms than anybody has.
const MOST: usize = 64;

/// The sections that take the login of a form: `SetHandler form-login-handler`.
pub(super) fn form_handlers<'a, 'p>(policy: &'a Policy<'p>) -> Vec<Place<'a, 'p>> {
    let takes_login = |place: &Place<'_, '_>| {
        place.own(SET_HANDLER).is_some_and(|own| own.directive.says(b"form-login-handler"))
    };
    policy.places().filter(takes_login).take(MOST).collect()
}

/// Whether requests to the server of the one may come by the other.
pub(super) fn shares_server(one: Place<'_, '_>, other: Place<'_, '_>) -> bool {
    let servers = [one.server(), other.server()];
    servers[0] == servers[1] || servers.contains(&ServerId::MAIN)
}

/// What a directive says first, where it is known and no expression.
pub(super) fn plain(effective: Effective<'_>) -> Option<(Directive<'_>, Cow<'_, [u8]>)> {
    let directive = effective.set()?;
    let text = directive.arg(0)?.known()?;
    memchr::memmem::find(&text, b"%{").is_none().then_some((directive, text))
}

/// The names behind AuthBasicProvider that count here, of all its lines in the section that decides.
pub(super) fn basic_providers<'p>(place: Place<'_, 'p>) -> Option<Vec<Value<'p>>> {
    let Effective::Set(last) = place.effective(&[BASIC_PROVIDER]) else { return None };
    let section = place.policy.at(last.section);
    let lines = section.all(&[BASIC_PROVIDER]);
    Some(lines.flat_map(|own| own.directive.args()).collect())
}

/// Whether the path of a cookie covers a path.
pub(super) fn covers(cookie: &[u8], path: &[u8]) -> bool {
    path.starts_with(cookie)
        && (cookie.ends_with(b"/") || matches!(path.get(cookie.len()), None | Some(b'/')))
}

/// The attribute of a cookie, such as `path=/`, with its range in the text.
pub(super) fn attribute(text: &[u8], name: &[u8]) -> Option<std::ops::Range<usize>> {
    let mut start = 0;
    for part in text.split(|&byte| byte == b';') {
        let blanks = part.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let own = &part[blanks..];
        let end = memchr::memchr(b'=', own).unwrap_or(own.len());
        if own[..end].trim_ascii().eq_ignore_ascii_case(name) {
            let value = (end + 1).min(own.len());
            return Some(start + blanks + value..start + part.len());
        }
        start += part.len() + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{attribute, covers};

    #[test]
    fn attributes_of_cookies() {
        let text = b"path=/shop; domain=example.net;secure";
        assert_eq!(attribute(text, b"path").map(|range| &text[range]), Some(&b"/shop"[..]));
        assert_eq!(attribute(text, b"Secure").map(|range| &text[range]), Some(&b""[..]));
        assert_eq!(attribute(text, b"version"), None);
        assert_eq!(attribute(b"", b"path"), None);
    }

    #[test]
    fn paths_of_cookies() {
        assert!(covers(b"/", b"/x") && covers(b"/x", b"/x/y") && covers(b"/x", b"/x"));
        assert!(!covers(b"/x", b"/xy") && !covers(b"/x/", b"/x"));
    }
}
