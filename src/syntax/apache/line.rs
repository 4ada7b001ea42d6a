//! Physical lines to logical lines, as `ap_cfg_getline_core` and `cfg_trim_line` of httpd do it.

use super::Flavour;
use super::word::{self, is_space};
use crate::source::Span;
use crate::syntax::{Word, WordFlags};
use memchr::memchr;
use nom::bytes::complete::{take, take_while};
use nom::{IResult, Parser};

/// `HUGE_STRING_LEN`: the most bytes that a logical line of .htaccess may have, its line end included.
const HTACCESS_LIMIT: usize = 8192;
/// `VARBUF_MAX_LEN`: the same for the server's own files.
const SERVER_LIMIT: usize = 16 * 1024 * 1024;

/// A logical line without the white space around it; never empty.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'l> {
    /// Its bytes, continuations taken out.
    pub(super) bytes: &'l [u8],
    /// How many blanks stand before it on its first physical line.
    pub(super) indent: u32,
    /// Where the physical line that its first byte stands on begins.
    pub(super) row: u32,
    /// The offset in the file of its first byte; exact for all bytes unless there are `runs`.
    start: u32,
    /// For a continued line: pairs of (offset in the joined line, offset in the file), ascending.
    runs: &'l [(u32, u32)],
    /// The offset of `bytes` in the joined line.
    joined: u32,
}

impl Line<'_> {
    /// The offset in the file of the byte at `offset` of a continued line.
    fn source(&self, offset: u32) -> u32 {
        let joined = self.joined + offset;
        let run = self.runs.partition_point(|&(from, _)| from <= joined).max(1) - 1;
        let (from, source) = self.runs[run];
        source + joined - from
    }

    /// The range in the file of a range of `bytes`, and whether a continuation lies in it.
    #[inline]
    pub(super) fn locate(&self, start: u32, end: u32) -> (Span, bool) {
        if self.runs.is_empty() {
            (Span::new(self.start + start, self.start + end), false)
        } else {
            self.locate_in_runs(start, end)
        }
    }

    #[cold]
    fn locate_in_runs(&self, start: u32, end: u32) -> (Span, bool) {
        if start == end {
            let at = start.checked_sub(1).map_or(self.start, |last| self.source(last) + 1);
            return (Span::empty(at), false);
        }
        let span = Span::new(self.source(start), self.source(end - 1) + 1);
        (span, span.len() != end - start)
    }

    /// The range in the file of the whole line.
    #[inline]
    pub(super) fn span(&self) -> Span {
        self.locate(0, self.bytes.len() as u32).0
    }
}

/// Reads the logical lines of a text.
#[derive(Debug)]
pub(super) struct Lines<'t> {
    text: &'t [u8],
    at: usize,
    limit: usize,
    /// Whether a NUL ends lines early: C strings end there.
    nul: bool,
    joined: Vec<u8>,
    runs: Vec<(u32, u32)>,
    /// The lines that httpd refuses as too long.
    pub(super) too_long: Vec<Span>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t [u8], flavour: Flavour) -> Self {
        Self {
            text,
            at: 0,
            limit: match flavour {
                Flavour::Server => SERVER_LIMIT,
                Flavour::Htaccess => HTACCESS_LIMIT,
            },
            nul: memchr(0, text).is_some(),
            joined: Vec::new(),
            runs: Vec::new(),
            too_long: Vec::new(),
        }
    }

    /// The next logical line, when it is nothing but words: neither a comment nor continued, without a backslash, and with
    /// every quote closed. Its words are added to `words`. Most lines are; others are left to [`Lines::next`].
    #[inline]
    pub(super) fn plain(&mut self, words: &mut Vec<Word>) -> Option<Line<'t>> {
        if self.nul {
            return None;
        }
        let text = self.text;
        let mut at = self.at;
        loop {
            at += indentation(&text[at..]);
            if text.get(at) != Some(&b'\n') || at - self.at >= self.limit {
                break;
            }
            at += 1;
            self.at = at;
        }
        if matches!(text.get(at)?, b'#' | b'"' | b'\'' | b'\n') {
            return None;
        }
        let start = at;
        let before = words.len();
        let (end, next) = loop {
            let from = at;
            let (length, flags) = match text[at] {
                b'"' => (quoted(&text[at + 1..], &DOUBLE_STOPS), WordFlags::DOUBLE),
                b'\'' => (quoted(&text[at + 1..], &SINGLE_STOPS), WordFlags::SINGLE),
                _ => (word::plain(&text[at..]), WordFlags::default()),
            };
            let quoted = usize::from(flags != WordFlags::default());
            at += quoted + length;
            let closed = quoted == 0 || text.get(at) == text.get(from);
            if !closed || text.get(at) == Some(&b'\\') {
                words.truncate(before);
                return None;
            }
            at += quoted;
            words.push(Word { span: Span::new(from as u32, at as u32), flags });
            let end = at;
            // mostly one blank, or the end of the line
            while let Some(&byte) = text.get(at)
                && byte != b'\n'
                && is_space(byte)
            {
                at += 1;
            }
            match text.get(at) {
                None => break (end, at),
                Some(b'\n') => break (end, at + 1),
                Some(_) => {}
            }
        };
        if next - self.at > self.limit {
            words.truncate(before);
            return None;
        }
        let row = self.at;
        self.at = next;
        Some(Line {
            bytes: &text[start..end],
            indent: (start - row) as u32,
            row: row as u32,
            start: start as u32,
            runs: &[],
            joined: 0,
        })
    }

    /// The next logical line that is not empty.
    pub(super) fn next(&mut self) -> Option<Line<'_>> {
        loop {
            let start = self.at;
            let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
            let (after, physical) = physical_line(rest).ok()?;
            self.at += rest.len() - after.len();
            let physical = if self.nul { c_string(physical) } else { physical };
            let (indent, bytes) = trim(physical);
            // only one that ends in a backslash can be continued
            if bytes.ends_with(b"\\") && continued(physical).is_some() {
                if self.join(start, physical) {
                    break;
                }
                continue;
            }
            if physical.len() > self.limit {
                self.too_long.push(span(start, bytes));
            }
            if !bytes.is_empty() {
                let at = (start + indent) as u32;
                return Some(Line {
                    bytes,
                    indent: indent as u32,
                    row: start as u32,
                    start: at,
                    runs: &[],
                    joined: 0,
                });
            }
        }
        Some(self.joined_line())
    }

    /// Joins `first`, a continued physical line at `start`, with those that follow. Whether more than white space came out.
    fn join(&mut self, start: usize, first: &[u8]) -> bool {
        self.joined.clear();
        self.runs.clear();
        let (mut start, mut physical) = (start, first);
        let from = start;
        loop {
            self.runs.push((self.joined.len() as u32, start as u32));
            self.joined.extend_from_slice(physical);
            // looks at everything joined so far: behind `\\`, even an empty line continues
            let Some(kept) = continued(&self.joined) else { break };
            self.joined.truncate(kept);
            // a run that was cut away whole says nothing any more
            while self.runs.last().is_some_and(|&(at, _)| at as usize > kept) {
                self.runs.pop();
            }
            start = self.at;
            let rest = &self.text[start..];
            if rest.is_empty() {
                break;
            }
            let Ok((after, next)) = physical_line(rest) else { break };
            self.at += rest.len() - after.len();
            physical = if self.nul { c_string(next) } else { next };
        }
        if self.joined.len() > self.limit {
            self.too_long.push(Span::new(from as u32, self.at as u32));
        }
        !trim(&self.joined).1.is_empty()
    }

    /// The line that [`Lines::join`] left.
    fn joined_line(&self) -> Line<'_> {
        let (blanks, bytes) = trim(&self.joined);
        let mut line =
            Line { bytes, indent: 0, row: 0, start: 0, runs: &self.runs, joined: blanks as u32 };
        line.start = line.source(0);
        let run = self.runs.partition_point(|&(from, _)| from <= line.joined).max(1) - 1;
        line.row = self.runs[run].1;
        line.indent = line.start - line.row;
        line
    }
}

/// How many blanks the line begins with.
#[inline]
fn indentation(line: &[u8]) -> usize {
    let mut rest = line;
    while let Some(after) = rest.strip_prefix(b"    ") {
        rest = after;
    }
    while let [first, after @ ..] = rest
        && *first != b'\n'
        && is_space(*first)
    {
        rest = after;
    }
    line.len() - rest.len()
}

/// What ends a word between double quotes, or has to be looked at more closely.
static DOUBLE_STOPS: [bool; 256] = quoted_stops(b'"');

/// The same for a word between single quotes.
static SINGLE_STOPS: [bool; 256] = quoted_stops(b'\'');

/// How many bytes come before the first of `stops`.
#[inline]
fn quoted(text: &[u8], stops: &[bool; 256]) -> usize {
    text.iter().position(|&byte| stops[usize::from(byte)]).unwrap_or(text.len())
}

const fn quoted_stops(quote: u8) -> [bool; 256] {
    let mut stops = [false; 256];
    stops[quote as usize] = true;
    stops[b'\\' as usize] = true;
    stops[b'\n' as usize] = true;
    stops
}

/// Everything up to and with the next line feed, or to the end of the text.
#[inline]
fn physical_line(input: &[u8]) -> IResult<&[u8], &[u8]> {
    let end = memchr(b'\n', input).map_or(input.len(), |at| at + 1);
    take(end).parse_complete(input)
}

/// What C sees of a physical line: a NUL hides the rest, its line end included.
fn c_string(physical: &[u8]) -> &[u8] {
    memchr(0, physical).map_or(physical, |end| &physical[..end])
}

/// How many bytes of `line` stay when it ends in a backslash and a line end, which continue it.
fn continued(line: &[u8]) -> Option<usize> {
    let line = line.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    line.strip_suffix(b"\\").map(<[u8]>::len)
}

/// A line without the white space around it, and how many bytes of that stood before it.
#[inline]
fn trim(line: &[u8]) -> (usize, &[u8]) {
    let mut bytes = line;
    while let [rest @ .., last] = bytes
        && is_space(*last)
    {
        bytes = rest;
    }
    let end = bytes.len();
    while let Some(rest) = bytes.strip_prefix(b"    ") {
        bytes = rest;
    }
    while let [first, rest @ ..] = bytes
        && is_space(*first)
    {
        bytes = rest;
    }
    (end - bytes.len(), bytes)
}

/// White space as `apr_isspace` has it.
#[inline]
pub(super) fn blanks(input: &[u8]) -> IResult<&[u8], &[u8]> {
    take_while(is_space).parse_complete(input)
}

fn span(start: usize, bytes: &[u8]) -> Span {
    Span::new(start as u32, (start + bytes.len()) as u32)
}
