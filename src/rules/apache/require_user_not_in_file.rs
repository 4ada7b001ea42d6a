//! Require names users; the password file spells them otherwise, or lacks them.

use super::login::{Providers, providers};
use super::reading::{given, shown};
use crate::config::apache::Value;
use crate::diagnostic::{Edit, Findings, Safety, near_miss};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Leaf, Policy};
use crate::policy::user_file;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

rule! {
    "apache/require-user-not-in-file" {
        reads: ApachePolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "Require names users whom the password file does not have: right passwords are answered 401 again",
    }
}

const AUTH_USER_FILE: Id = id("AuthUserFile");

/// What word processors make of quotes.
const QUOTES: [char; 6] = ['\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{201e}', '"'];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut files: HashMap<*const u8, HashSet<Vec<u8>>> = HashMap::new();
    for place in policy.places() {
        let mine: Vec<_> = place.own_requirements().collect();
        let asks = |leaf: &&&Leaf<'_>| !leaf.negated && leaf.asks("user");
        if mine.iter().find(asks).is_none() {
            continue;
        }
        let from_file = match providers(place) {
            Some(Providers::Default) => true,
            Some(Providers::Named(all)) => {
                let mut words = all.iter().flat_map(|own| own.directive.args());
                words.all(|word| word.is(b"file"))
            }
            None => false,
        };
        let Some((file, text)) = place.text_of(AUTH_USER_FILE).filter(|_| from_file) else {
            continue;
        };
        // a byte order mark is a mistake of its own
        if !text.first().is_some_and(u8::is_ascii) {
            continue;
        }
        let users = files.entry(text.as_ptr()).or_insert_with(|| user_file::apache_users(text));
        for leaf in mine.iter().filter(asks) {
            let words: Option<Vec<(Value<'_>, Cow<'_, [u8]>)>> =
                leaf.words().map(|word| Some((word, word.known()?))).collect();
            let Some(words) = words.filter(|_| leaf.directive.is_as_written()) else { continue };
            // expressions; comments, commas and quotes are mistakes of their own
            let plain = |name: &[u8]| !name.iter().any(|byte| b"#%,".contains(byte));
            let quotes = |name: &[u8]| String::from_utf8_lossy(name).contains(QUOTES);
            let is_open = |word: &Value<'_>| {
                word.raw().first() == Some(&b'"') && !word.raw().ends_with(b"\"")
            };
            if words.iter().any(|(word, name)| !plain(name) || quotes(name) || is_open(word)) {
                continue;
            }
            let has = |name: &[u8]| users.contains(name);
            let nobody = !words.iter().any(|(_, name)| has(name));
            let Some((word, name)) = words.iter().find(|(_, name)| !has(name)) else { continue };
            let listed: HashSet<&[u8]> = words.iter().map(|(_, name)| &**name).collect();
            // whoever has thousands of users has one near to any word
            let others =
                users.iter().filter(|user| !listed.contains(&***user) && users.len() < 500);
            let others = others.filter_map(|user| std::str::from_utf8(user).ok());
            let near = near_miss(name, others);
            let parts: Vec<&[u8]> = words.iter().map(|(_, name)| &**name).collect();
            let with_blanks = parts.join(&b' ');
            let is_split = parts.len() > 1 && has(&with_blanks);
            if near.is_none() && !nobody {
                continue;
            }
            let finding = RULE
                .at(word.location())
                .label("is no user of the file")
                .related(file.location(), "names the file");
            let finding = if is_split {
                let quoted = format!("\"{}\"", String::from_utf8_lossy(&with_blanks));
                let (Some(first), Some(last)) = (words.first(), words.last()) else { continue };
                let mut at = first.0.location();
                at.span.end = last.0.location().span.end;
                finding
                    .message("these are several users to httpd, and the file has one whose name has a blank in it: the right password is answered 401 again")
                    .fix(Safety::Unsafe, "quote the name", vec![Edit::replace(at, quoted)])
            } else if let Some(meant) = near {
                let why = if meant.as_bytes().eq_ignore_ascii_case(name) {
                    ", letter case counts"
                } else {
                    ""
                };
                finding
                    .message(format!(
                        "the password file has no user {}, only {meant}{why}: the right password is answered 401 again",
                        shown(*word)
                    ))
                    .fix(
                        Safety::Unsafe,
                        format!("write `{meant}`"),
                        vec![Edit::replace(word.location(), meant)],
                    )
            } else {
                finding
                    .message(format!(
                        "the password file has no user {}: nobody is let in, and right passwords are answered 401 again",
                        shown(*word)
                    ))
                    .help("name users of the file, write `Require valid-user`, or add the user with htpasswd")
            };
            findings.push(given(finding, leaf.directive));
        }
    }
}
