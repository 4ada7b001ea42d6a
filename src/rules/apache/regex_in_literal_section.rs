//! `<Location>`, `<Directory>` and `<Files>` know wildcards; regular expressions need `~` or the section's Match form.

use super::reading::{given, shown};
use super::sections::{Matched, matched_where};
use crate::config::apache::Site;
use crate::diagnostic::{Edit, Findings, Safety};

rule! {
    "apache/regex-in-literal-section" {
        reads: Apache, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "a section without Match has a regular expression, which it compares letter by letter",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for name in ["Directory", "Location", "Files"] {
        let shows = |one: &Matched<'_>| !one.is_regex && sign(&one.text, name).is_some();
        for matched in matched_where(site, name, shows) {
            let Some(sign) = sign(&matched.text, name) else { continue };
            if !matched.access().any() {
                continue;
            }
            let message = format!(
                "`<{name}>` takes {} letter by letter, {sign} included: it matches nothing, and what the section asks for is never asked",
                shown(matched.value)
            );
            let finding = RULE.at(matched.value.location()).message(message);
            // a wildcard in it would mean something else
            let mixed = matched.text.starts_with(b"*")
                || memchr::memmem::find(&matched.text, b"/*").is_some();
            let finding = if mixed {
                finding.help(format!("write `<{name}Match>` and a regular expression"))
            } else {
                finding.fix(
                    Safety::Unsafe,
                    format!("write `<{name} ~ …>`, which is `<{name}Match>`"),
                    vec![Edit::insert(matched.value.location(), "~ ")],
                )
            };
            findings.push(given(finding, matched.section));
        }
    }
}

/// What shows that a regular expression is meant.
fn sign(text: &[u8], section: &str) -> Option<&'static str> {
    if !text.iter().any(|byte| b"^$\\(.".contains(byte)) {
        return None;
    }
    let has = |part: &[u8]| memchr::memmem::find(text, part).is_some();
    // a path of Windows has backslashes
    let is_drive = text.get(1) == Some(&b':');
    if text.starts_with(b"^") {
        return Some("`^`");
    }
    if text.ends_with(b"$") && text.len() > 1 {
        return Some("`$`");
    }
    if !is_drive && (has(b"\\.") || has(b"\\d") || has(b"\\w")) {
        return Some("the backslash");
    }
    let group = memchr::memchr(b'(', text).map(|at| &text[at..]);
    if group.is_some_and(|rest| {
        memchr::memchr(b'|', rest).is_some() && memchr::memchr(b')', rest).is_some()
    }) {
        return Some("`(…|…)`");
    }
    // `.*` may stand for names that begin with a dot
    let at = memchr::memmem::find(text, b".*").or_else(|| memchr::memmem::find(text, b".+"))?;
    let behind_slash = at == 0 || text[at - 1] == b'/';
    (section != "Files" && (!behind_slash || section == "Location")).then_some("`.*`")
}
