//! `<Files>` and `<FilesMatch>` see the last part of a path; a slash is never in it.

use super::reading::{given, shown};
use super::sections::{Matched, matched};
use crate::config::apache::Site;
use crate::diagnostic::Findings;

rule! {
    "apache/files-with-path" {
        reads: Apache, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "<Files> or <FilesMatch> names a path, but is compared with the file's name alone",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for matched in matched(site, "Files") {
        let needs_slash =
            if matched.is_regex { asks_for_slash(&matched.text) } else { has_path(&matched) };
        if !needs_slash || !matched.access().any() {
            continue;
        }
        let name = matched.section.name();
        let message = format!(
            "`<{name}>` is compared with the name of a file, which has no slash: {} matches none",
            shown(matched.value)
        );
        let help =
            "name the file alone, inside a <Directory> for its folder, or use <Location> for a URL";
        findings.push(given(
            RULE.at(matched.value.location()).message(message).help(help),
            matched.section,
        ));
    }
}

/// `./name` is made `name` before it is compared.
fn has_path(matched: &Matched<'_>) -> bool {
    let text = matched.text.strip_prefix(b"./").unwrap_or(&matched.text);
    memchr::memchr(b'/', text).is_some()
}

/// Whether a regular expression matches nothing without a slash: one stands outside of groups, classes and alternatives.
fn asks_for_slash(pattern: &[u8]) -> bool {
    let (mut depth, mut class, mut found) = (0usize, false, false);
    let mut at = 0;
    while let Some(&byte) = pattern.get(at) {
        let (byte, length) =
            if byte == b'\\' { (pattern.get(at + 1).copied().unwrap_or(0), 2) } else { (byte, 1) };
        let escaped = length == 2;
        match byte {
            b']' if !escaped => class = false,
            b'/' if !class && depth == 0 => {
                let optional = pattern.get(at + length).is_some_and(|next| b"?*{".contains(next));
                found |= !optional;
            }
            _ if escaped || class => {}
            b'[' => class = true,
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b'|' if depth == 0 => return false,
            _ => {}
        }
        at += length;
    }
    found
}
