//! What becomes of a directive in a .htaccess file, as far as AllowOverride above it is known.

use crate::config::apache::{AllowOverride, Directive};
use crate::grammar::apache::Directive as Known;

/// Whether httpd reads the file of `directive` and has no leave to drop what it refuses there.
pub(super) fn is_fatal(directive: Directive<'_>, known: &Known) -> bool {
    let Some(htaccess) = directive.htaccess() else { return false };
    htaccess.allowed.is_empty()
        || htaccess.allowed.iter().any(|allowed| {
            allowed.overrides.as_ref().is_none_or(|value| {
                !value.is_none() && !value.nonfatal_override && !is_listed(value, known)
            })
        })
}

/// Whether AllowOverrideList names it.
pub(super) fn is_listed(value: &AllowOverride, known: &Known) -> bool {
    value.list.iter().any(|name| name.eq_ignore_ascii_case(known.name.as_bytes()))
}

/// Whether httpd reads what `directive` stands in, and has no leave to drop the directive.
pub(super) fn is_read(directive: Directive<'_>) -> bool {
    directive.htaccess().is_none()
        || directive.known().is_some_and(|known| is_fatal(directive, known))
}
