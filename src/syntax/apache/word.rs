//! The words of a logical line, as `ap_getword_conf` of httpd takes them off.

use super::line::blanks;
use crate::syntax::WordFlags;
use crate::syntax::eights::harmless;
use memchr::memchr2;
use nom::bytes::complete::take;
use nom::error::{ErrorKind, make_error};
use nom::{IResult, Parser};

/// `apr_isspace` in the C locale.
pub(super) const fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

/// A word of a logical line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Raw<'l> {
    /// Its bytes, quotes included.
    pub(super) bytes: &'l [u8],
    /// How it stands there.
    pub(super) flags: WordFlags,
}

impl<'l> Raw<'l> {
    /// The bytes between the quotes.
    #[inline]
    pub(super) fn inner(self) -> &'l [u8] {
        if !self.flags.has(WordFlags::DOUBLE) && !self.flags.has(WordFlags::SINGLE) {
            return self.bytes;
        }
        let inner = &self.bytes[1..];
        if self.flags.has(WordFlags::UNCLOSED) { inner } else { &inner[..inner.len() - 1] }
    }
}

/// One word and the white space behind it.
#[inline]
pub(super) fn word(input: &[u8]) -> IResult<&[u8], Raw<'_>> {
    let (rest, word) = match input {
        [] => return Err(nom::Err::Error(make_error(input, ErrorKind::Eof))),
        [b'"' | b'\'', ..] => quoted_word(input)?,
        _ => bare_word(input),
    };
    // mostly one blank, or the end of the line
    match rest {
        [] => Ok((rest, word)),
        [b' ', after @ ..] if !after.first().copied().is_some_and(is_space) => Ok((after, word)),
        _ => Ok((blanks(rest)?.0, word)),
    }
}

/// Everything up to white space.
#[inline]
fn bare_word(input: &[u8]) -> (&[u8], Raw<'_>) {
    let mut flags = WordFlags::default();
    let mut end = plain(input);
    while input.get(end) == Some(&b'\\') {
        end += 1;
        if input.get(end) == Some(&b'\\') {
            end += 1;
            flags = flags.with(WordFlags::ESCAPED);
        }
        end += plain(&input[end..]);
    }
    let (bytes, rest) = input.split_at(end);
    (rest, Raw { bytes, flags })
}

/// How many bytes of a bare word stand for themselves, up to white space or a backslash.
#[inline]
pub(super) fn plain(input: &[u8]) -> usize {
    const STOPS: [bool; 256] = {
        let mut stops = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            stops[byte] = is_space(byte as u8) || byte == b'\\' as usize;
            byte += 1;
        }
        stops
    };
    let harmless = harmless(input, [b'\\']);
    let rest = &input[harmless..];
    harmless + rest.iter().position(|&byte| STOPS[usize::from(byte)]).unwrap_or(rest.len())
}

/// From a quote to the same quote, or to the end of the line.
fn quoted_word(input: &[u8]) -> IResult<&[u8], Raw<'_>> {
    let (body, quote) = take(1usize).parse_complete(input)?;
    let quote = quote[0];
    let mut flags = if quote == b'"' { WordFlags::DOUBLE } else { WordFlags::SINGLE };
    let mut at = 0;
    let rest = loop {
        let Some(found) = memchr2(quote, b'\\', &body[at..]) else {
            flags = flags.with(WordFlags::UNCLOSED);
            break &body[body.len()..];
        };
        at += found;
        if body[at] == quote {
            break &body[at + 1..];
        }
        let escapes = body.get(at + 1).is_some_and(|&next| next == quote || next == b'\\');
        if escapes {
            flags = flags.with(WordFlags::ESCAPED);
        }
        at += 1 + usize::from(escapes);
    };
    Ok((rest, Raw { bytes: &input[..input.len() - rest.len()], flags }))
}

/// What the server takes `raw` for: `substring_conf`. `raw` stands without its quotes; continuations may be in it.
pub(in crate::syntax) fn unescape(raw: &[u8], flags: WordFlags) -> Vec<u8> {
    let quote = if flags.has(WordFlags::DOUBLE) {
        Some(b'"')
    } else if flags.has(WordFlags::SINGLE) {
        Some(b'\'')
    } else {
        None
    };
    let joined = if flags.has(WordFlags::CONTINUED) { join(raw) } else { raw.to_vec() };
    let mut value = Vec::with_capacity(joined.len());
    let mut bytes = joined.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        let escaped =
            bytes.next_if(|&next| byte == b'\\' && (next == b'\\' || Some(next) == quote));
        value.push(escaped.unwrap_or(byte));
    }
    value
}

/// Takes the continuations out: a line feed inside a logical line goes, with the backslash that stands before it.
fn join(raw: &[u8]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(raw.len());
    for &byte in raw {
        if byte != b'\n' {
            joined.push(byte);
            continue;
        }
        if joined.last() == Some(&b'\r') {
            joined.pop();
        }
        joined.pop();
    }
    joined
}
