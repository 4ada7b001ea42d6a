//! `<Location>` compares the path of a URL; the query behind the `?` is no part of it.

use super::reading::{given, shown};
use super::sections::{Matched, matched_where};
use crate::config::apache::Site;
use crate::diagnostic::Findings;

rule! {
    "apache/location-with-query" {
        reads: Apache, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "<Location> or <LocationMatch> names a query string, which it never sees",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let asks = |one: &Matched<'_>| memchr::memchr(b'?', &one.text).is_some();
    for matched in matched_where(site, "Location", asks) {
        let marks: &[&[u8]] = if matched.is_regex { &[b"\\?", b"[?]"] } else { &[b"?"] };
        let found = marks.iter().find_map(|mark| {
            let at = memchr::memmem::find(&matched.text, mark)?;
            Some(&matched.text[at + mark.len()..])
        });
        let Some(query) = found else { continue };
        // `?` alone is a wildcard, or the end of an optional part
        let is_query = memchr::memchr(b'=', query).is_some()
            && query
                .first()
                .is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_(.[".contains(byte));
        let optional = matched.is_regex && memchr::memchr(b'|', &matched.text).is_some();
        if !is_query || optional || !matched.access().any() {
            continue;
        }
        let name = matched.section.name();
        let message = format!(
            "`<{name}>` sees the path of a URL without its query: {} matches no request",
            shown(matched.value)
        );
        let help = "match the path here, and ask for the query in an <If \"%{QUERY_STRING} =~ /…/\"> inside";
        findings.push(given(
            RULE.at(matched.value.location()).message(message).help(help),
            matched.section,
        ));
    }
}
