//! `<Directory /srv/secret/*>` matches what lies in /srv/secret, not the folder itself.

use super::reading::{Access, given, shown};
use super::sections::{has_wildcard, matched, trimmed, upwards};
use crate::config::apache::Site;
use crate::diagnostic::{Edit, Findings, Safety};
use std::collections::HashMap;

rule! {
    "apache/directory-glob-misses-root" {
        reads: Apache, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "a <Directory> that ends in /* leaves out the folder itself",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let mut folders: Option<HashMap<Vec<u8>, Access>> = None;
    let plain = || matched(site, "Directory").filter(|matched| !matched.is_regex);
    for matched in plain() {
        let Some(folder) = matched.text.strip_suffix(b"/*") else { continue };
        if folder.is_empty() || has_wildcard(folder) || !matched.access().restricts {
            continue;
        }
        let folders = folders.get_or_insert_with(|| {
            let plain = plain().filter(|other| !has_wildcard(&other.text));
            plain.map(|other| (trimmed(&other.text).to_vec(), other.access())).collect()
        });
        let around = upwards(folder).find_map(|path| Some((path, folders.get(path)?)));
        // what holds for the folder itself is said elsewhere
        if around.is_some_and(|(path, access)| path == folder || access.restricts && !access.grants)
        {
            continue;
        }
        let folder = String::from_utf8_lossy(folder).into_owned();
        let message = format!(
            "{} matches what lies in {folder}, not the folder itself: its index page or its list of files is open to everybody",
            shown(matched.value)
        );
        let mut finding = RULE.at(matched.value.location()).message(message);
        if around.is_none() {
            finding =
                finding.depends_on(format!("what the configuration says of {folder} elsewhere"));
        }
        let quote = if matched.value.word.is_quoted() { "\"" } else { "" };
        let edit = Edit::replace(matched.value.location(), format!("{quote}{folder}{quote}"));
        findings.push(given(
            finding.fix(
                Safety::Unsafe,
                format!("write {folder}, which holds for all below it"),
                vec![edit],
            ),
            matched.section,
        ));
    }
}
