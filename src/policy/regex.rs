//! Regular expressions as the servers' PCRE takes them: on bytes, without Unicode, with a bounded cost.
//!
//! Patterns are translated to the `regex` crate where it says the same, else to `fancy-regex`; what neither can say is
//! unknown.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Steps of backtracking before a match is given up.
const MOST_STEPS: usize = 100_000;

/// The size of a compiled pattern, in bytes, before it is given up.
const MOST_BYTES: usize = 1 << 20;

/// What a match captured: the whole and each group, `None` for a group that took no part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captures {
    /// `$0`, `$1` and so on.
    pub groups: Vec<Option<Vec<u8>>>,
    /// The named groups.
    pub named: Vec<(String, Vec<u8>)>,
}

/// A compiled pattern.
#[derive(Debug)]
enum Compiled {
    Plain(regex::bytes::Regex),
    Fancy(fancy_regex::Regex),
    /// Neither crate can say it.
    Unknown,
}

/// A pattern that can be asked whether it matches.
#[derive(Clone, Debug)]
pub struct Regex(Arc<Compiled>);

impl Regex {
    /// Compiles `pattern`; `ignore_case` as with `~*`.
    #[must_use]
    pub fn new(pattern: &[u8], ignore_case: bool) -> Self {
        Self(Arc::new(compile(pattern, ignore_case)))
    }

    /// Whether it matches somewhere in `subject`; `None` where that is not known.
    #[must_use]
    pub fn is_match(&self, subject: &[u8]) -> Option<bool> {
        match &*self.0 {
            // PCRE's `$` matches before a last line end, too
            _ if subject.contains(&b'\n') => None,
            Compiled::Plain(regex) => Some(regex.is_match(subject)),
            Compiled::Fancy(regex) => regex.is_match(std::str::from_utf8(subject).ok()?).ok(),
            Compiled::Unknown => None,
        }
    }

    /// What its first match in `subject` captures, `None` inside for no match; `None` where that is not known.
    #[must_use]
    #[allow(clippy::option_option)]
    pub fn captures(&self, subject: &[u8]) -> Option<Option<Captures>> {
        match &*self.0 {
            _ if subject.contains(&b'\n') => None,
            Compiled::Plain(regex) => Some(regex.captures(subject).map(|found| {
                let bytes = |group: regex::bytes::Match<'_>| group.as_bytes().to_vec();
                let named = regex
                    .capture_names()
                    .flatten()
                    .map(|name| (name.to_owned(), found.name(name).map(bytes).unwrap_or_default()));
                Captures {
                    groups: found.iter().map(|group| group.map(bytes)).collect(),
                    named: named.collect(),
                }
            })),
            Compiled::Fancy(regex) => {
                let found = regex.captures(std::str::from_utf8(subject).ok()?).ok()?;
                Some(found.map(|found| {
                    let bytes = |group: fancy_regex::Match<'_>| group.as_str().as_bytes().to_vec();
                    let named = regex.capture_names().flatten().map(|name| {
                        (name.to_owned(), found.name(name).map(bytes).unwrap_or_default())
                    });
                    Captures {
                        groups: found.iter().map(|group| group.map(bytes)).collect(),
                        named: named.collect(),
                    }
                }))
            }
            Compiled::Unknown => None,
        }
    }
}

fn compile(pattern: &[u8], ignore_case: bool) -> Compiled {
    let Some(pattern) = std::str::from_utf8(pattern).ok().and_then(translate) else {
        return Compiled::Unknown;
    };
    let plain = regex::bytes::RegexBuilder::new(&pattern)
        .unicode(false)
        .case_insensitive(ignore_case)
        .size_limit(MOST_BYTES)
        .build();
    if let Ok(plain) = plain {
        return Compiled::Plain(plain);
    }
    let fancy = fancy_regex::RegexBuilder::new(&pattern)
        .case_insensitive(ignore_case)
        .backtrack_limit(MOST_STEPS)
        .delegate_size_limit(MOST_BYTES)
        .build();
    fancy.map_or(Compiled::Unknown, Compiled::Fancy)
}

/// The pattern in the crates' syntax; `None` where PCRE means something that they cannot say.
fn translate(pattern: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut rest = pattern.chars().peekable();
    let mut in_class = false;
    let mut class_start = false;
    while let Some(c) = rest.next() {
        let at_start = std::mem::take(&mut class_start);
        match c {
            '\\' => {
                let next = rest.next()?;
                match next {
                    // `\Q…\E`, `\K`, `\R`, `\X`, `\G`, `\Z`, `\C`, `\N` and recursion have no counterpart
                    'Q' | 'E' | 'K' | 'R' | 'X' | 'G' | 'Z' | 'C' | 'N' | 'g' | 'h' | 'H' | 'V'
                    | 'c' | 'o' | 'p' | 'P' => return None,
                    // without Unicode these are the bytes that PCRE means
                    '<' | '>' | '"' | '\'' | '_' | ' ' | ':' | ',' | ';' | '=' | '@' | '!'
                    | '`' | '/' | '%' => {
                        out.push_str(&regex::escape(&next.to_string()));
                    }
                    'e' => out.push_str("\\x1b"),
                    '0' => out.push_str("\\x00"),
                    next => out.extend(['\\', next]),
                }
            }
            // sets inside of a set are the crate's own idea
            '[' if in_class => {
                if rest.peek() == Some(&':') {
                    out.push('[');
                } else {
                    out.push_str("\\[");
                }
            }
            '[' => {
                out.push('[');
                in_class = true;
                class_start = true;
                if rest.peek() == Some(&'^') {
                    out.push('^');
                    rest.next();
                }
            }
            // a `]` that stands first is one of the set
            ']' if in_class && at_start => out.push_str("\\]"),
            ']' if in_class => {
                // the end of `[:alpha:]` is not the end of the set
                if out.ends_with(':') && out.rfind("[:").is_some_and(|at| !out[at..].contains(']'))
                {
                    out.push(']');
                } else {
                    out.push(']');
                    in_class = false;
                }
            }
            '&' | '~' if in_class => out.extend(['\\', c]),
            '-' if in_class && rest.peek() == Some(&'-') => out.push_str("\\-"),
            '(' if !in_class && rest.peek() == Some(&'?') => {
                out.push_str("(?");
                rest.next();
                match rest.peek() {
                    Some('\'') => {
                        rest.next();
                        out.push_str("P<");
                        loop {
                            match rest.next()? {
                                '\'' => break,
                                c => out.push(c),
                            }
                        }
                        out.push('>');
                    }
                    Some('#' | '|' | '&' | '(' | 'R' | '0'..='9' | '+' | 'C') => return None,
                    Some('P') => {
                        rest.next();
                        match rest.peek() {
                            Some('<') => out.push('P'),
                            _ => return None,
                        }
                    }
                    _ => {}
                }
            }
            '(' if !in_class && rest.peek() == Some(&'*') => return None,
            // a brace that begins no repetition is a letter
            '{' if !in_class && !is_repetition(rest.clone()) => out.push_str("\\{"),
            '{' if !in_class => {
                out.push('{');
                for c in rest.by_ref() {
                    out.push(c);
                    if c == '}' {
                        break;
                    }
                }
            }
            '}' if !in_class => out.push_str("\\}"),
            c => out.push(c),
        }
    }
    Some(out)
}

/// Whether what follows a `{` is `n}`, `n,}` or `n,m}`.
fn is_repetition(rest: impl Iterator<Item = char>) -> bool {
    let mut digits = false;
    let mut comma = false;
    for c in rest {
        match c {
            '0'..='9' => digits = true,
            ',' if digits && !comma => comma = true,
            '}' => return digits,
            _ => return false,
        }
    }
    false
}

/// The patterns of a configuration, each compiled when it is first asked for.
#[derive(Debug, Default)]
pub struct Regexes {
    known: Mutex<HashMap<(Vec<u8>, bool), Regex>>,
}

impl Regexes {
    /// The compiled pattern.
    pub fn get(&self, pattern: &[u8], ignore_case: bool) -> Regex {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(regex) = known.get(&(pattern.to_vec(), ignore_case)) {
            return regex.clone();
        }
        let regex = Regex::new(pattern, ignore_case);
        known.insert((pattern.to_vec(), ignore_case), regex.clone());
        regex
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, subject: &str) -> Option<bool> {
        Regex::new(pattern.as_bytes(), false).is_match(subject.as_bytes())
    }

    #[test]
    fn patterns_mean_what_pcre_means() {
        for (pattern, subject, found) in [
            (r"\.php$", "/a.php", true),
            (r"^/[a-z]{2}/", "/de/x", true),
            (r"^/a{x", "/a{x", true),
            (r"[[:alpha:]]x", "ax", true),
            (r"[a&&b]", "&", true),
            (r"[]a]b", "]b", true),
            (r"[^]a]b", "]b", false),
            (r"^(?!/public).*", "/private", true),
            (r"^(?!/public).*", "/public", false),
            (r"/\.(?!well-known)", "/.git", true),
            (r"(?<id>\d+)/", "/12/", true),
            (r"(a)\1", "aa", true),
            (r"\/x\_y\-z", "/x_y-z", true),
            (r"a++b", "aab", true),
        ] {
            assert_eq!(matches(pattern, subject), Some(found), "{pattern} on {subject}");
        }
    }

    #[test]
    fn what_cannot_be_said_is_unknown() {
        for pattern in [r"\Qa.b\E", r"(?R)", r"(*UTF8)a", r"\p{Lu}", "("] {
            assert_eq!(matches(pattern, "/a"), None, "{pattern}");
        }
        assert_eq!(matches("a$", "a\n"), None);
    }

    #[test]
    fn groups_are_captured() {
        let found = Regex::new(br"^/(?<user>[a-z]+)/(x)?", true).captures(b"/Bob/").flatten();
        let found = found.expect("a match");
        assert_eq!(found.groups, [Some(b"/Bob/".to_vec()), Some(b"Bob".to_vec()), None]);
        assert_eq!(found.named, [("user".to_owned(), b"Bob".to_vec())]);
    }
}
