//! A `<Location>` with a wildcard is compared with the whole URL, and a `*` ends at a slash.

use super::reading::{given, shown};
use super::sections::{Matched, has_wildcard, matched, matched_where, trimmed, upwards};
use crate::config::apache::Site;
use crate::diagnostic::Findings;
use std::collections::HashSet;

rule! {
    "apache/location-glob" {
        reads: Apache, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "a <Location> with a wildcard leaves out the URLs below those that it matches",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let plain = || matched(site, "Location").filter(|matched| !matched.is_regex);
    let mut closed: Option<HashSet<Vec<u8>>> = None;
    let is_glob =
        |one: &Matched<'_>| !one.is_regex && has_wildcard(&one.text) && one.text.starts_with(b"/");
    for matched in matched_where(site, "Location", is_glob) {
        let text = &*matched.text;
        if !matched.access().restricts {
            continue;
        }
        let last = text.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        // a pattern for files: `*.php`; signs of a regular expression and a query are other mistakes
        if !last.ends_with(b"*")
            || last.contains(&b'.')
            || text.iter().any(|byte| b"^$\\(|?".contains(byte))
        {
            continue;
        }
        // a handler of httpd's own has nothing below it
        if matched.section.children().any(|child| child.is("SetHandler")) {
            continue;
        }
        let start = &text[..memchr::memchr2(b'*', b'[', text).unwrap_or(text.len())];
        let closed = closed.get_or_insert_with(|| {
            plain()
                .filter(|other| !has_wildcard(&other.text) && other.access().restricts)
                .map(|other| trimmed(&other.text).to_vec())
                .collect()
        });
        if upwards(start).any(|path| closed.contains(path)) {
            continue;
        }
        let shown_text = String::from_utf8_lossy(text);
        let example = shown_text.replace('*', "x");
        let message = format!(
            "a wildcard ends at a slash, and {} must match all of a URL: {example}/y is open to everybody",
            shown(matched.value)
        );
        let help = format!(
            "write `<Location \"{}\">`, which holds for all below it, or <LocationMatch>",
            String::from_utf8_lossy(match trimmed(start) {
                b"" => b"/",
                start => start,
            })
        );
        findings.push(given(
            RULE.at(matched.value.location())
                .message(message)
                .help(help)
                .depends_on("whether there is anything below those URLs"),
            matched.section,
        ));
    }
}
