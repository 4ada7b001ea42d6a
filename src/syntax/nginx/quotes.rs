//! Where a missing quote belongs. nginx only notices it when the next quote, lines below, turns up in the wrong place.

use super::blocks::looks_like_name;
use super::lexer::is_blank;
use memchr::{memchr, memrchr};

/// What to make of a quoted word that is never closed, or has text glued to its closing quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    /// It was meant to be closed at this offset of the text.
    ClosedAt(usize),
    /// Its first quote was meant to close a word that was never opened.
    Stray,
    /// It is what was meant; only a blank is missing behind it.
    Glued,
}

/// Judges the word from the quote at `start` up to `end`, its closing quote included if it is `closed`.
pub(super) fn misfit(text: &[u8], start: usize, end: usize, closed: bool) -> Misfit {
    let inner = start + 1..if closed { end - 1 } else { end };
    let lines = &text[inner.clone()];
    if memchr(b'\n', lines).is_none() {
        return if closed { Misfit::Glued } else { Misfit::ClosedAt(trimmed(text, inner)) };
    }
    let is_blank_text = lines.iter().copied().all(is_blank);
    if closed && is_blank_text {
        return Misfit::Stray;
    }
    let mut line_start = inner.start;
    while let Some(len) = memchr(b'\n', &text[line_start..inner.end]) {
        let line = line_start..line_start + len;
        if let Some(offset) = before_terminator(text, line)
            && goes_on_with_directive(&text[line_start + len + 1..inner.end])
        {
            return Misfit::ClosedAt(offset.max(inner.start));
        }
        line_start += len + 1;
    }
    // a closing quote that stands first on its line opens the next word of a directive of several lines
    let opens_a_word = memrchr(b'\n', lines)
        .is_some_and(|newline| lines[newline + 1..].iter().copied().all(is_blank));
    if closed && !opens_a_word {
        return Misfit::Glued;
    }
    let first_line = memchr(b'\n', lines).unwrap_or(lines.len());
    Misfit::ClosedAt(trimmed(text, inner.start..inner.start + first_line))
}

/// The end of the range without the blanks at its end.
fn trimmed(text: &[u8], range: std::ops::Range<usize>) -> usize {
    let blanks = text[range.clone()].iter().rev().take_while(|&&byte| is_blank(byte)).count();
    range.end - blanks
}

/// Where the last word of a line ends that a `;` or `{` closes, a comment behind it aside.
fn before_terminator(text: &[u8], line: std::ops::Range<usize>) -> Option<usize> {
    let code = match memchr(b'#', &text[line.clone()]) {
        Some(sharp) if before_terminator(text, line.start..line.start + sharp).is_some() => {
            line.start..line.start + sharp
        }
        _ => line,
    };
    let end = trimmed(text, code.clone());
    let bytes = &text[code.start..end];
    match bytes.last()? {
        b';' => Some(end - 1),
        b'{' => {
            let end = trimmed(text, code.start..end - 1);
            // the parenthesis of an `if` is a word of its own
            Some(if text[code.start..end].ends_with(b")") { end - 1 } else { end })
        }
        _ => None,
    }
}

/// Whether the lines of `text` could follow a finished directive.
fn goes_on_with_directive(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    match text.first() {
        None | Some(b'}' | b'#' | b'"' | b'\'' | b'$' | b'~') => true,
        _ => {
            let name = text.split(|&byte| is_blank(byte) || byte == b';').next();
            looks_like_name(name.unwrap_or_default())
        }
    }
}
