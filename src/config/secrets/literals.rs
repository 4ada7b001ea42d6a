//! What looks like a credential wherever it stands, in comments and bodies of other languages, too: Basic and Bearer
//! values, tokens with a known head, hashes of passwords, passwords in URLs, private keys.

use crate::grammar::names_credential;
use crate::source::Span;
use aho_corasick::{AhoCorasick, AhoCorasickBuilder, Match, MatchKind};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use memchr::{memchr_iter, memchr2_iter, memmem};
use std::sync::LazyLock;

/// Base64 as servers take it: padded or not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// How far a token or a URL's user part may reach.
const REACH: usize = 8192;

/// The credentials in `text`, in no order; they may overlap.
pub(super) fn find(text: &[u8]) -> Vec<Span> {
    let mut found = Vec::new();
    for sign in signs(text) {
        let (at, end) = (sign.start(), sign.end());
        match sign.pattern().as_usize() {
            // the first letter may be small or capital
            0..=3 if at > 0 => found.extend(behind_scheme(text, at - 1, end)),
            4 => found.extend(jwt(text, at)),
            5 => found.extend(in_url(text, end)),
            6 | 7 => {
                let len = run(text, end, is_base64);
                if len >= 20 {
                    found.push(span(at, end + len));
                }
            }
            _ => {}
        }
    }
    for at in memchr2_iter(b'?', b'&', text) {
        found.extend(in_query(text, at + 1));
    }
    for at in memchr_iter(b'$', text) {
        if matches!(text.get(at + 1), Some(b'1' | b'2' | b'5' | b'6' | b'7' | b'a' | b'y' | b'g')) {
            found.extend(hash(text, at));
        }
    }
    private_keys(text, &mut found);
    found
}

/// What credentials begin with, or have in front of them.
const SIGNS: [&[u8]; 8] =
    [b"asic", b"ASIC", b"earer", b"EARER", b"eyJ", b"://", b"{SHA}", b"{SSHA}"];

/// Every sign in `text`. None begins with what another one ends in, so that none hides another.
fn signs(text: &[u8]) -> impl Iterator<Item = Match> {
    static SEARCHER: LazyLock<AhoCorasick> = LazyLock::new(|| {
        let mut builder = AhoCorasickBuilder::new();
        // the kind that finds several words at once with vector instructions
        builder.match_kind(MatchKind::LeftmostFirst).build(SIGNS).expect("a few short words")
    });
    SEARCHER.find_iter(text)
}

fn span(start: usize, end: usize) -> Span {
    Span::new(start as u32, end as u32)
}

/// How many bytes from `start` on belong to `class`.
fn run(text: &[u8], start: usize, class: fn(u8) -> bool) -> usize {
    text.get(start..).map_or(0, |rest| rest.iter().take(REACH).take_while(|&&b| class(b)).count())
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// What a Bearer token is made of, `b64token` of RFC 6750.
fn is_token(byte: u8) -> bool {
    is_base64(byte) || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// What stands behind the scheme that starts at `start`, when it is a credential and not a word of prose.
fn behind_scheme(text: &[u8], start: usize, end: usize) -> Option<Span> {
    let is_basic =
        matches!(text[start], b'B' | b'b') && text[start + 1].eq_ignore_ascii_case(&b'a');
    let is_bearer =
        matches!(text[start], b'B' | b'b') && text[start + 1].eq_ignore_ascii_case(&b'e');
    let inside = start > 0 && (text[start - 1].is_ascii_alphanumeric() || text[start - 1] == b'_');
    if inside || !(is_basic || is_bearer) {
        return None;
    }
    // `Basic abc`, and in patterns `Basic\ abc`, `Basic\s+abc`, `Basic%20abc`
    let gap = text[end..].iter().take(8);
    let gap =
        gap.take_while(|byte| matches!(byte, b' ' | b'\t' | b'\\' | b':' | b'"' | b'\'')).count();
    let mut from = end + gap;
    if gap == 0 {
        from += text[end..].strip_prefix(b"%20").map(|_| 3)?;
    } else if text[..from].ends_with(b"\\") {
        from += ["s+", "s*", "s"].iter().find(|s| text[from..].starts_with(s.as_bytes()))?.len();
    }
    let len = run(text, from, is_token);
    let token = &text[from..from + len];
    let secret = if is_basic { is_basic_value(token) } else { is_random(token) };
    secret.then(|| span(from, from + len))
}

/// Whether a word decodes to `user:password`, or is too wild for a word.
fn is_basic_value(token: &[u8]) -> bool {
    let decoded = || BASE64.decode(token).ok();
    let is_pair = |text: &Vec<u8>| {
        text.contains(&b':') && text.iter().all(|b| !b.is_ascii_control() || *b == b'\n')
    };
    let has_digit = token.iter().any(|byte| byte.is_ascii_digit() || *byte == b'=');
    token.len() >= 4 && decoded().is_some_and(|text| is_pair(&text))
        || (has_digit && is_random(token))
}

/// Whether a word cannot be one of prose or a name: long, with digits or capitals inside, or padded.
pub(super) fn is_random(token: &[u8]) -> bool {
    let inner_capital =
        token.windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    let digit = token.iter().any(u8::is_ascii_digit);
    let mark = token.iter().any(|&byte| matches!(byte, b'$' | b'+' | b'{'));
    let padded = token.len().is_multiple_of(4) && token.ends_with(b"=");
    token.len() >= 8
        && (inner_capital || digit || mark || padded)
        && token.iter().any(u8::is_ascii_alphabetic)
}

/// A JSON Web Token: its head starts with `{"`, in base64.
fn jwt(text: &[u8], at: usize) -> Option<Span> {
    if at > 0 && is_token(text[at - 1]) && text[at - 1] != b'=' {
        return None;
    }
    let len =
        run(text, at, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    let token = &text[at..at + len];
    (len >= 30 || (len >= 16 && token.contains(&b'.'))).then(|| span(at, at + len))
}

/// The password in `user:password@host`, given where the user starts.
fn in_url(text: &[u8], start: usize) -> Option<Span> {
    let rest = &text[start..];
    let rest = &rest[..rest.len().min(512)];
    let end = rest.iter().position(|byte| {
        byte.is_ascii_whitespace()
            || matches!(byte, b'/' | b'"' | b'\'' | b'@' | b';' | b'<' | b'>' | b'?')
    })?;
    if rest[end] != b'@' {
        return None;
    }
    let user = &rest[..end];
    let Some(colon) = memchr::memchr(b':', user) else {
        // a token in the place of the user
        return is_random(user).then(|| span(start, start + end));
    };
    let password = &user[colon + 1..];
    let filled_in = password.starts_with(b"$") || password.starts_with(b"%{");
    (!password.is_empty() && !filled_in).then(|| span(start + colon + 1, start + end))
}

/// The value of a parameter in the query of a URL, given where its name starts: `?token=word`.
fn in_query(text: &[u8], start: usize) -> Option<Span> {
    let name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let equals = start + text[start..].iter().take(64).take_while(name).count();
    if text.get(equals) != Some(&b'=') || !names_credential(&text[start..equals]) {
        return None;
    }
    let len = run(text, equals + 1, |byte| is_token(byte) || byte == b'%');
    (len >= 4 && text[equals + 1] != b'%').then(|| span(equals + 1, equals + 1 + len))
}

/// A hash as password files hold it, from its `$` on: `$apr1$salt$hash`, `$2y$10$…`.
fn hash(text: &[u8], at: usize) -> Option<Span> {
    let rest = &text[at + 1..];
    let scheme = rest.iter().take(7).take_while(|byte| byte.is_ascii_alphanumeric()).count();
    if rest.get(scheme) != Some(&b'$') {
        return None;
    }
    let is_known = matches!(
        &rest[..scheme],
        b"apr1" | b"1" | b"2" | b"2a" | b"2b" | b"2x" | b"2y" | b"5" | b"6" | b"7" | b"y" | b"gy"
    );
    if !is_known {
        return None;
    }
    let is_hash = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'$' | b'.' | b'/' | b'=' | b',' | b'+')
    };
    let len = rest.iter().take(256).take_while(|&&byte| is_hash(byte)).count();
    // `$1$is_args$args` and its like are variables: a hash ends in a long field
    let last = rest[..len].rsplit(|&byte| byte == b'$').next().unwrap_or_default();
    (last.len() >= 20).then(|| span(at, at + 1 + len))
}

/// The lines of private keys between their BEGIN and END.
fn private_keys(text: &[u8], found: &mut Vec<Span>) {
    let mut done = 0;
    for at in memmem::find_iter(text, b"PRIVATE KEY-----") {
        let start = at + b"PRIVATE KEY-----".len();
        let line = &text[at.saturating_sub(40)..at];
        if start < done
            || memmem::rfind(line, b"-----BEGIN").is_none_or(|begin| line[begin..].contains(&b'\n'))
        {
            continue;
        }
        let end = memmem::find(&text[start..], b"-----END").map_or(text.len(), |len| start + len);
        found.push(span(start, end));
        done = end;
    }
}
