//! Where a missing quote belongs. nginx only notices it when the next quote, lines below, turns up in the wrong place.

use super::blocks::looks_like_name;
use super::lexer::is_blank;
use memchr::{memchr, memchr2_iter, memrchr};
use std::ops::Range;

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
    let is_one_line = memchr(b'\n', lines).is_none();
    if closed && is_one_line {
        return Misfit::Glued;
    }
    if closed && lines.iter().copied().all(is_blank) {
        return Misfit::Stray;
    }
    let mut line = inner.start;
    loop {
        let len = memchr(b'\n', &text[line..inner.end]);
        let end = len.map_or(inner.end, |len| line + len);
        if let Some(offset) = before_terminator(text, line..end)
            && goes_on_with_directive(&text[end..inner.end])
        {
            return Misfit::ClosedAt(offset);
        }
        if len.is_none() {
            break;
        }
        line = end + 1;
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
fn trimmed(text: &[u8], range: Range<usize>) -> usize {
    let blanks = text[range.clone()].iter().rev().take_while(|&&byte| is_blank(byte)).count();
    range.end - blanks
}

/// Where the word ends that is followed by the `;` or `{` at the end of the line, a comment and a closed block behind it
/// aside.
fn before_terminator(text: &[u8], line: Range<usize>) -> Option<usize> {
    if let Some(sharp) = memchr(b'#', &text[line.clone()]) {
        let before = before_terminator(text, line.start..line.start + sharp);
        if before.is_some() {
            return before;
        }
    }
    let code = &text[line.start..trimmed(text, line.clone())];
    let terminator = match code.last()? {
        b';' | b'{' => code.len() - 1,
        // a block on one line
        b'}' => memchr2_iter(b';', b'{', code)
            // neither a quantifier nor a variable opens one
            .find(|&at| {
                code[at] == b';' || at > 0 && (is_blank(code[at - 1]) || code[at - 1] == b')')
            })
            .unwrap_or(code.len() - 1),
        _ => return None,
    };
    let end = trimmed(text, line.start..line.start + terminator);
    // the parenthesis of an `if` is a word of its own
    let is_condition = code[terminator] == b'{' && text[line.start..end].ends_with(b")");
    Some(trimmed(text, line.start..end - usize::from(is_condition)))
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
