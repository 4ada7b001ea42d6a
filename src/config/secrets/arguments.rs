//! The arguments that the tables call secret, without what is harmless in them: variables, the scheme in front of a value,
//! the attributes behind a cookie.

use super::expressions;
use super::literals::is_random;
use crate::config::nginx::variables;
use crate::grammar::{self, NamedBy, Secret, SecretPart, SecretWords, names_credential};
use crate::source::Span;
use crate::syntax::{Language, NodeId, NodeKind, Tree, Word};
use std::borrow::Cow;

/// Finds the secret arguments of the directive at `id` in a file of nginx's, of which the tables know `usages`.
pub(super) fn nginx(
    tree: &Tree,
    text: &[u8],
    id: NodeId,
    usages: &[grammar::nginx::Usage],
    found: &mut Vec<Span>,
) {
    let words = Words { tree, text, id };
    for usage in usages {
        let most = usage.args.most();
        for &secret in usage.secrets {
            words.add(secret, most, found);
        }
    }
}

/// Finds the secret arguments of the directive at `id` in a file of httpd's, of which the tables know `usages`.
pub(super) fn apache(
    tree: &Tree,
    text: &[u8],
    id: NodeId,
    usages: &[grammar::apache::Usage],
    found: &mut Vec<Span>,
) {
    if tree.node(id).kind != NodeKind::Simple {
        return;
    }
    let words = Words { tree, text, id };
    for usage in usages {
        let most = (0..=3).rev().find(|&count| usage.args.accepts(count));
        for &secret in usage.secrets {
            words.add(secret, most, found);
        }
    }
}

/// Finds what the expressions and conditions in a file of httpd's compare a credential with.
pub(super) fn compared(tree: &Tree, text: &[u8], found: &mut Vec<Span>) {
    let words = Words { tree, text, id: NodeId(0) };
    for (literal, is_pattern) in expressions::compared(text) {
        words.value(literal, if is_pattern { Form::Pattern } else { Form::Plain }, found);
    }
}

/// How a value is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// As it stands.
    Plain,
    /// `name=value; Attribute`.
    Cookie,
    /// A regular expression, or a literal with `=`, `!` or `^` in front.
    Pattern,
}

/// The words of one directive.
#[derive(Clone, Copy)]
struct Words<'t> {
    tree: &'t Tree,
    text: &'t [u8],
    id: NodeId,
}

impl Words<'_> {
    fn decoded(&self, word: Word) -> Cow<'_, [u8]> {
        word.decode(self.tree.language, self.text)
    }

    /// Adds what `secret` says of this directive, which takes at `most` so many arguments.
    fn add(self, secret: Secret, most: Option<usize>, found: &mut Vec<Span>) {
        let args = self.tree.args(self.id);
        let named_by = match secret.when {
            NamedBy::Argument(at) => {
                let Some(&word) = args.get(usize::from(at) - 1) else { return };
                self.decoded(word)
            }
            NamedBy::Always | NamedBy::EntryKey => Cow::Borrowed(&[][..]),
        };
        if !named_by.is_empty() && !names_credential(&named_by) {
            return;
        }
        match secret.words {
            SecretWords::Argument(at) | SecretWords::From(at) => {
                let at = usize::from(at);
                // a secret with a blank in it that nobody has quoted
                let runs_on = most == Some(at);
                let only_one = matches!(secret.words, SecretWords::Argument(_)) && !runs_on;
                let words = args.get(at - 1..).unwrap_or_default();
                for &word in words.iter().take(if only_one { 1 } else { words.len() }) {
                    self.word(word, secret, &named_by, found);
                }
            }
            SecretWords::EntryKey | SecretWords::EntryValue => {
                for entry in self.tree.children(Some(self.id)) {
                    let (key, values) = (self.tree.name(entry), self.tree.args(entry));
                    if secret.words == SecretWords::EntryKey {
                        self.word(key, secret, &named_by, found);
                    } else if secret.when != NamedBy::EntryKey
                        || names_credential(&self.decoded(key))
                    {
                        for &word in values {
                            self.word(word, secret, &named_by, found);
                        }
                    }
                }
            }
        }
    }

    /// Adds the secret part of one word.
    fn word(self, word: Word, secret: Secret, named_by: &[u8], found: &mut Vec<Span>) {
        let inner = word.inner();
        let raw = inner.of(self.text);
        let split = |by: u8| {
            let at = memchr::memchr(by, raw).filter(|&at| names_credential(&raw[..at]))?;
            Some((raw[..at].trim_ascii(), Span::new(inner.start + at as u32 + 1, inner.end)))
        };
        match secret.part {
            SecretPart::Whole => self.value(inner, self.form(raw, named_by), found),
            SecretPart::HeaderValue => {
                if let Some((name, value)) = split(b':') {
                    self.value(value, self.form(value.of(self.text), name), found);
                }
            }
            SecretPart::Assigned => {
                if let Some((_, value)) = split(b'=') {
                    self.value(value, Form::Plain, found);
                }
            }
        }
    }

    /// How the value of `named_by` is meant in this directive.
    fn form(self, raw: &[u8], named_by: &[u8]) -> Form {
        let name = self.tree.name(self.id).span.of(self.text).to_ascii_lowercase();
        let is_pattern = match name.as_slice() {
            b"if" => self.tree.args(self.id).get(1).is_some_and(|operator| {
                memchr::memchr(b'~', operator.span.of(self.text)).is_some()
            }),
            b"map" => raw.starts_with(b"~"),
            b"setenvif" | b"setenvifnocase" | b"rewritecond" => true,
            b"header" | b"requestheader" => self
                .tree
                .args(self.id)
                .iter()
                .take(2)
                .any(|word| word.span.of(self.text).to_ascii_lowercase().starts_with(b"edit")),
            _ => false,
        };
        let end = named_by.iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |last| last + 1);
        let is_cookie = named_by[..end].to_ascii_lowercase().ends_with(b"cookie");
        match (is_cookie, is_pattern) {
            (true, _) => Form::Cookie,
            (false, true) => Form::Pattern,
            (false, false) => Form::Plain,
        }
    }

    fn value(self, span: Span, form: Form, found: &mut Vec<Span>) {
        let raw = span.of(self.text);
        let part =
            |from: usize, to: usize| Span::new(span.start + from as u32, span.start + to as u32);
        match form {
            Form::Plain => {
                let from = behind_scheme(raw);
                if is_harmless(raw[from..].trim_ascii()) {
                    return;
                }
                let mut last = from;
                for (start, end) in variables_in(self.tree.language, raw) {
                    if start < last {
                        continue;
                    }
                    if raw[last..start].last().is_some_and(u8::is_ascii_alphanumeric) {
                        // glued to a literal, it is more likely a part of the secret that was meant literally
                        continue;
                    }
                    push_literal(raw, last, start, &mut |from, to| found.push(part(from, to)));
                    last = end;
                }
                push_literal(raw, last, raw.len(), &mut |from, to| found.push(part(from, to)));
            }
            Form::Cookie => {
                const ATTRIBUTES: &[&[u8]] =
                    &[b"path", b"domain", b"expires", b"max-age", b"samesite"];
                let mut at = 0;
                for pair in raw.split(|&byte| byte == b';') {
                    let value = memchr::memchr(b'=', pair);
                    let name = pair[..value.unwrap_or(0)].trim_ascii().to_ascii_lowercase();
                    if let Some(value) = value
                        && !ATTRIBUTES.contains(&name.as_slice())
                    {
                        let value = part(at + value + 1, at + pair.len());
                        self.value(value, Form::Plain, found);
                    }
                    at += pair.len() + 1;
                }
            }
            Form::Pattern => patterns(raw, &mut |from, to| found.push(part(from, to))),
        }
    }
}

/// Where the value starts behind `Basic `, `Bearer ` and their like.
fn behind_scheme(raw: &[u8]) -> usize {
    let blanks = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let start = blanks(raw);
    let len = raw[start..].iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let gap = blanks(&raw[start + len..]);
    if is_scheme(&raw[start..start + len]) && gap > 0 { start + len + gap } else { start }
}

fn is_scheme(word: &[u8]) -> bool {
    const SCHEMES: &[&[u8]] = &[
        b"basic",
        b"bearer",
        b"digest",
        b"token",
        b"apikey",
        b"jwt",
        b"negotiate",
        b"ntlm",
        b"oauth",
        b"dpop",
    ];
    SCHEMES.contains(&word.to_ascii_lowercase().as_slice())
}

/// Words that stand where a secret can stand and are none.
fn is_harmless(value: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b"on",
        b"off",
        b"yes",
        b"no",
        b"true",
        b"false",
        b"null",
        b"none",
        b"nil",
        b"default",
        b"hostnames",
        b"volatile",
        b"include",
        b"early",
        b"unset",
        b"0",
        b"1",
    ];
    const STARTS: &[&[u8]] = &[b"env=", b"expr=", b"exec:"];
    let lower = value.get(..16.min(value.len())).unwrap_or_default().to_ascii_lowercase();
    (value.len() < 16 && (WORDS.contains(&lower.as_slice()) || is_scheme(&lower)))
        || STARTS.iter().any(|start| lower.starts_with(start))
}

/// A literal piece of a value, without the blanks and punctuation around it; nothing when there is no more to it.
fn push_literal(raw: &[u8], from: usize, to: usize, push: &mut dyn FnMut(usize, usize)) {
    let piece = &raw[from..to];
    // `$http_x-api-key` and `${http_x-api-key}` were meant as one name
    let is_name_part = |word: &[u8]| !word.is_empty() && word.iter().all(u8::is_ascii_lowercase);
    let is_tail = to == raw.len() && raw.starts_with(b"$") && piece.starts_with(b"-");
    let tail = piece.strip_suffix(b"}").unwrap_or(piece);
    if is_tail && tail[1..].split(|&byte| byte == b'-').all(is_name_part)
        || !piece.iter().any(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii())
    {
        return;
    }
    let blanks = piece.len() - piece.trim_ascii_start().len();
    push(from + blanks, from + piece.trim_ascii_end().len());
}

/// Where the server puts something else in.
fn variables_in(language: Language, raw: &[u8]) -> Vec<(usize, usize)> {
    match language {
        Language::Nginx => {
            variables(raw).map(|found| (found.range.start, found.range.end)).collect()
        }
        Language::Apache => {
            let mut found = Vec::new();
            let mut at = 0;
            while let Some(len) = memchr::memchr2(b'%', b'$', &raw[at..]) {
                let start = at + len;
                at = start + 1;
                match raw.get(at) {
                    Some(b'{') => {
                        let Some(close) = memchr::memchr(b'}', &raw[at..]) else { continue };
                        at += close + 1;
                        // `%{NAME}e`: the letter says where it comes from
                        if raw[start] == b'%' && raw.get(at).is_some_and(u8::is_ascii_alphabetic) {
                            at += 1;
                        }
                        found.push((start, at));
                    }
                    Some(byte) if byte.is_ascii_digit() => {
                        at += 1;
                        found.push((start, at));
                    }
                    _ => {}
                }
            }
            found
        }
    }
}

/// The literals in a pattern: all of it when it is nothing but one, otherwise what cannot be a word and what follows a
/// scheme.
fn patterns(raw: &[u8], push: &mut dyn FnMut(usize, usize)) {
    let is_literal = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~+/=:@".contains(&byte);
    let start = raw.iter().take_while(|byte| b"!=^~*<>\"".contains(byte)).count();
    let end = raw.len() - raw.iter().rev().take_while(|byte| b"$)\"".contains(byte)).count();
    let mut at = start;
    let mut behind_scheme = end > start && raw[start..end].iter().all(|&byte| is_literal(byte));
    while at < end {
        let len = raw[at..end].iter().take_while(|&&byte| is_literal(byte)).count();
        let word = &raw[at..at + len];
        if len == 0 {
            at += 1;
            continue;
        }
        // the letter of `\s` and `\d` is none of the word; a group may have a name
        let word = if at > 0 && raw[at - 1] == b'\\' { &word[1..] } else { word };
        if raw[..at].ends_with(b"(?<") || raw[..at].ends_with(b"(?P<") {
            at += len;
            continue;
        }
        if is_scheme(word) {
            behind_scheme = true;
        } else if word.len() >= 4 && (behind_scheme || is_random(word)) && !is_harmless(word) {
            push(at + len - word.len(), at + len);
        }
        at += len;
    }
}
