//! Whether a server asks for a login, to compare two that could be taken for each other.

use crate::config::nginx::Directive;
use crate::policy::nginx::Place;

/// The first directive of a server that asks for a login, in itself or in one of its locations.
pub(super) fn asks<'p>(server: Place<'_, 'p>) -> Option<Directive<'p>> {
    server.first_login()
}

/// What follows where the first of two servers answers in the place of the second.
pub(super) fn compared(
    first: Option<Directive<'_>>,
    second: Option<Directive<'_>>,
) -> &'static str {
    match (first, second) {
        (Some(_), None) => "its visitors are asked for the login of the other server",
        (None, Some(_)) => "nobody is asked for the login of this server",
        _ => "the other server answers",
    }
}
