//! The request methods that httpd knows, as `ap_method_registry_init` registers them.

use super::reading::read;
use crate::config::apache::Site;
use crate::diagnostic::near_miss;
use std::collections::HashSet;

/// The methods by name; letter case counts.
const KNOWN: [&str; 27] = [
    "GET",
    "HEAD",
    "PUT",
    "POST",
    "DELETE",
    "CONNECT",
    "OPTIONS",
    "TRACE",
    "PATCH",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "VERSION-CONTROL",
    "CHECKOUT",
    "UNCHECKOUT",
    "CHECKIN",
    "UPDATE",
    "LABEL",
    "REPORT",
    "MKWORKSPACE",
    "MKACTIVITY",
    "BASELINE-CONTROL",
    "MERGE",
];

/// The method that somebody meant who wrote a word which is none: in other letters, or misspelt.
pub(super) fn meant(word: &[u8]) -> Option<&'static str> {
    if KNOWN.iter().any(|known| known.as_bytes() == word) {
        return None;
    }
    let same = KNOWN.iter().find(|known| known.as_bytes().eq_ignore_ascii_case(word));
    same.copied().or_else(|| near_miss(word, KNOWN))
}

/// The methods that RegisterHttpMethod adds.
pub(super) fn registered(site: &Site<'_>) -> HashSet<Vec<u8>> {
    read(site, "RegisterHttpMethod")
        .flat_map(|directive| {
            let words: Vec<Vec<u8>> =
                directive.args().filter_map(|word| Some(word.known()?.into_owned())).collect();
            words
        })
        .collect()
}
