//! Whether programs get the Authorization header: httpd keeps it from CGI and its like unless something hands it on.

use super::reading::read;
use crate::config::apache::{Directive, Site};
use crate::policy::apache::Policy;

/// Directives that hand a header on to programs where they name it.
const NAMING: [&str; 11] = [
    "SetEnvIf",
    "SetEnvIfNoCase",
    "SetEnvIfExpr",
    "SetEnvIfPlus",
    "SetEnv",
    "FcgidPassHeader",
    "ProxyFCGISetEnvIf",
    "FastCgiServer",
    "FastCgiExternalServer",
    "FastCgiConfig",
    "SSLOptions",
];

/// Whether anything but a RewriteRule hands the header on to programs, wherever it is.
pub(super) fn is_passed(site: &Site<'_>) -> bool {
    let on = |name: &str| read(site, name).any(|directive| directive.says(b"on"));
    on("CGIPassAuth") || on("WSGIPassAuthorization") || naming(site).any(|it| !it.is("RewriteRule"))
}

/// Whether a RewriteRule sets the variable that programs read the header from.
pub(super) fn is_rewritten(site: &Site<'_>) -> bool {
    naming(site).any(|directive| directive.is("RewriteRule"))
}

/// The directives that name the header or its variable, and hand it on.
fn naming<'p>(site: &Site<'p>) -> impl Iterator<Item = Directive<'p>> {
    let all = [&b"uthorization"[..], b"UTHORIZATION"];
    let site = *site;
    all.into_iter().flat_map(move |needle| site.values_with(needle)).map(|(it, _)| it).filter(
        |directive| {
            directive.is("RewriteRule")
                || NAMING.iter().any(|name| directive.is(name))
                // a module that is not known here
                || directive.known().is_none()
        },
    )
}

/// Whether a name on the way of a URL is one of interfaces for programs, which send tokens.
pub(super) fn is_for_programs(path: &[u8]) -> bool {
    const NAMES: [&[u8]; 16] = [
        b"api",
        b"rest",
        b"graphql",
        b"oauth",
        b"oauth2",
        b"token",
        b"wp-json",
        b"webdav",
        b"dav",
        b"caldav",
        b"carddav",
        b"remote.php",
        b"rpc",
        b"jsonrpc",
        b"soap",
        b"jwt",
    ];
    path.split(|byte| !byte.is_ascii_alphanumeric() && !b"-.".contains(byte)).any(|part| {
        let part = part.strip_suffix(b".php").filter(|_| part != b"remote.php").unwrap_or(part);
        NAMES.iter().any(|name| part.eq_ignore_ascii_case(name))
    })
}

/// A directive that allows other sites' pages to send an Authorization header: somebody does.
pub(super) fn is_allowed_to_others<'p>(policy: &Policy<'p>) -> Option<Directive<'p>> {
    let headers = read(&policy.site, "Header").filter(|directive| {
        directive.args().any(|word| word.is_ignoring_case(b"Access-Control-Allow-Headers"))
    });
    headers.into_iter().find(|directive| {
        directive.args().any(|word| {
            let text = word.lossy().to_ascii_lowercase();
            text.contains("authorization")
        })
    })
}
