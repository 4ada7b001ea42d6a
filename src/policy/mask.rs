//! What no story of a request shows: the secrets of the configuration and of the request, wherever a text repeats them.
//!
//! A value of the configuration may reach a step by way of a variable, a map or a redirect, so that its place alone says
//! nothing. Every text is searched for all of them at once.

use crate::config::Project;
use crate::grammar::names_credential;
use crate::policy::request::{Credential, Request};
use crate::source::percent_encoded;
use aho_corasick::AhoCorasick;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::OnceLock;

/// A secret that is shorter than this is one only where it is a word of its own: `a` is in every text.
const WHOLE_WORDS: usize = 6;

/// The secrets of a configuration.
#[derive(Debug)]
pub struct Mask<'p> {
    project: &'p Project,
    search: OnceLock<Option<AhoCorasick>>,
}

impl<'p> Mask<'p> {
    /// The secrets of `project`.
    #[must_use]
    pub fn new(project: &'p Project) -> Self {
        Self { project, search: OnceLock::new() }
    }

    /// These alone.
    #[must_use]
    pub fn configured(&self) -> Masked<'_> {
        let configured = self.search.get_or_init(|| search(of_project(self.project))).as_ref();
        Masked { configured, sent: None }
    }

    /// These, and those of `request`.
    #[must_use]
    pub fn with(&self, request: &Request) -> Masked<'_> {
        let configured = self.search.get_or_init(|| search(of_project(self.project))).as_ref();
        Masked { configured, sent: search(of_request(request)) }
    }
}

/// The secrets of a configuration and of a request.
#[derive(Debug)]
pub struct Masked<'m> {
    configured: Option<&'m AhoCorasick>,
    sent: Option<AhoCorasick>,
}

impl Masked<'_> {
    /// `url` without its secrets: a password in front of the host is one even where nothing is done with it.
    #[must_use]
    pub fn url<'t>(&self, url: &'t str) -> Cow<'t, str> {
        let start = url.find("://").map_or(0, |at| at + 3);
        let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
        let authority = &url[start..end];
        let Some((user, host)) = authority.rsplit_once('@') else { return self.text(url) };
        let Some((name, _)) = user.split_once(':') else { return self.text(url) };
        let rest = self.text(&url[end..]).into_owned();
        Cow::Owned(format!("{}{name}:***@{host}{rest}", &url[..start]))
    }

    /// `text` with stars for every secret.
    #[must_use]
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut spans: Vec<(usize, usize)> = Vec::new();
        for search in self.configured.into_iter().chain(&self.sent) {
            let found = search.find_overlapping_iter(text);
            let found = found.map(|found| (found.start(), found.end()));
            spans.extend(found.filter(|&(start, end)| is_secret(text, start, end)));
        }
        if spans.is_empty() {
            return Cow::Borrowed(text);
        }
        spans.sort_unstable();
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (start, end) in spans {
            if end <= at {
                continue;
            }
            // what overlaps is one secret
            if start >= at {
                out.push_str(&text[at..start]);
                out.push_str("***");
            }
            at = end;
        }
        out.push_str(&text[at..]);
        Cow::Owned(out)
    }
}

fn is_secret(text: &str, start: usize, end: usize) -> bool {
    let is_word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    end - start >= WHOLE_WORDS
        || !is_word(text[..start].chars().next_back()) && !is_word(text[end..].chars().next())
}

fn search(secrets: BTreeSet<String>) -> Option<AhoCorasick> {
    // too many for its tables to be built is more than any configuration has
    (!secrets.is_empty()).then(|| AhoCorasick::new(secrets).ok()).flatten()
}

fn add(secrets: &mut BTreeSet<String>, secret: &[u8]) {
    let text = String::from_utf8_lossy(secret);
    if !text.trim().is_empty() {
        secrets.insert(text.into_owned());
    }
}

/// What the tables call secret in the configuration; password files are only compared with.
fn of_project(project: &Project) -> BTreeSet<String> {
    let mut secrets = BTreeSet::new();
    for (id, source) in project.sources.texts() {
        if project.tree(id).is_none() {
            continue;
        }
        for span in project.secrets_of(id) {
            let raw = span.of(source.bytes());
            add(&mut secrets, raw);
            if raw.contains(&b'\\') {
                let plain: Vec<u8> = raw.iter().copied().filter(|&byte| byte != b'\\').collect();
                add(&mut secrets, &plain);
            }
        }
    }
    secrets
}

/// What the client proves itself with, in every form in which a text may repeat it.
fn of_request(request: &Request) -> BTreeSet<String> {
    let mut secrets = BTreeSet::new();
    match &request.credential {
        Some(Credential::Basic { user, password: Some(password) }) => {
            add(&mut secrets, password);
            add(&mut secrets, &escaped(password));
            let pair = [&user[..], b":", password].concat();
            add(&mut secrets, STANDARD.encode(&pair).as_bytes());
            add(&mut secrets, STANDARD_NO_PAD.encode(&pair).as_bytes());
        }
        Some(Credential::Bearer(token)) => add(&mut secrets, token),
        Some(Credential::Basic { password: None, .. }) | None => {}
    }
    for (name, value) in &request.headers {
        if !names_credential(name) {
            continue;
        }
        if name.to_ascii_lowercase().ends_with(b"cookie") {
            for pair in value.split(|&byte| byte == b';') {
                let value =
                    pair.iter().position(|&byte| byte == b'=').map_or(pair, |at| &pair[at + 1..]);
                add(&mut secrets, value.trim_ascii());
            }
            continue;
        }
        // the scheme in front is no secret
        let value = value.trim_ascii();
        let behind =
            value.iter().position(|&byte| byte == b' ').map_or(value, |at| &value[at + 1..]);
        add(&mut secrets, behind.trim_ascii());
        if let Ok(pair) = STANDARD.decode(behind.trim_ascii())
            && let Some(colon) = pair.iter().position(|&byte| byte == b':')
        {
            add(&mut secrets, &pair[colon + 1..]);
        }
    }
    let query =
        request.target.iter().position(|&byte| byte == b'?').map(|at| &request.target[at + 1..]);
    for pair in query.unwrap_or_default().split(|&byte| byte == b'&') {
        if let Some(at) = pair.iter().position(|&byte| byte == b'=')
            && names_credential(&pair[..at])
        {
            add(&mut secrets, &pair[at + 1..]);
        }
    }
    secrets
}

/// As it stands in a URL.
fn escaped(text: &[u8]) -> Vec<u8> {
    percent_encoded(text, |byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(request: &Request, text: &str) -> String {
        let project = Project::default();
        Mask::new(&project).with(request).text(text).into_owned()
    }

    #[test]
    fn what_the_client_proves_itself_with_is_masked() {
        let mut request = Request::get(b"a", 80, b"/x?token=t0psecret&q=plain");
        request.credential =
            Some(Credential::Basic { user: b"alice".to_vec(), password: Some(b"p w:1".to_vec()) });
        request.headers.push((b"Cookie".to_vec(), b"sid=c00kie-value; theme=dark-mode".to_vec()));
        request.headers.push((b"X-Api-Key".to_vec(), b"k3y-of-mine".to_vec()));
        assert_eq!(
            masked(
                &request,
                "p w:1 p%20w%3A1 YWxpY2U6cCB3OjE= t0psecret plain c00kie-value k3y-of-mine"
            ),
            "*** *** *** *** plain *** ***"
        );
    }

    #[test]
    fn a_short_secret_is_a_word_of_its_own() {
        let mut request = Request::get(b"a", 80, b"/");
        request.credential =
            Some(Credential::Basic { user: b"alice".to_vec(), password: Some(b"as".to_vec()) });
        assert_eq!(masked(&request, "asks as /as/ class"), "asks *** /***/ class");
    }

    #[test]
    fn what_overlaps_is_one() {
        let mut request = Request::get(b"a", 80, b"/?token=abcdefgh&key=efghijkl");
        request.headers.push((b"X-Token".to_vec(), b"abcdefgh".to_vec()));
        request.headers.push((b"X-Token".to_vec(), b"efghijkl".to_vec()));
        assert_eq!(masked(&request, "<abcdefghijkl>"), "<***>");
    }
}
