//! Text for people: what must not reach a terminal, colour, and lines of a width.

use crate::diagnostic::Severity;
use std::borrow::Cow;
use std::fmt::Write;

/// `text` with everything made visible that a terminal would obey or hide: control characters, changes of the writing
/// direction, characters without a width.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    // nearly all text is plain ASCII, which is told at a glance
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) || !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        push_visible(&mut out, c);
    }
    Cow::Owned(out)
}

/// Adds `c`, or what stands for it.
pub(super) fn push_visible(out: &mut String, c: char) {
    match c {
        '\0'..='\x1f' => out.push(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}')),
        '\x7f' => out.push('\u{2421}'),
        c if is_hidden(c) => {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
        c => out.push(c),
    }
}

/// Whether a terminal would obey `c`, or show nothing for it.
pub(super) fn is_hidden(c: char) -> bool {
    !matches!(c, ' '..='~')
        && matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Colours for a terminal, or none.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint(pub(super) bool);

impl Paint {
    pub(super) fn wrap(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    pub(super) fn severity(self, severity: Severity, text: &str) -> String {
        let code = match severity {
            Severity::Error => "1;31",
            Severity::Warning => "1;33",
            Severity::Info => "1;36",
        };
        self.wrap(code, text)
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    pub(super) fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    pub(super) fn field(self, text: &str) -> String {
        self.wrap("36", text)
    }

    pub(super) fn added(self, text: &str) -> String {
        self.wrap("32", text)
    }

    pub(super) fn removed(self, text: &str) -> String {
        self.wrap("31", text)
    }
}

/// Breaks `text` between words into lines of at most `width` characters, the first one shorter by `used`. A word that is
/// longer than a line is left whole: nobody can copy a broken URL.
pub(super) fn wrap(text: &str, width: usize, used: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut length = used;
    for word in text.split(' ') {
        let letters = word.chars().count();
        if !line.is_empty() && length + 1 + letters > width {
            lines.push(std::mem::take(&mut line));
            length = 0;
        } else if !line.is_empty() {
            line.push(' ');
            length += 1;
        }
        line.push_str(word);
        length += letters;
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_shown() {
        assert_eq!(visible("caf\u{e9} \u{1f600}"), "caf\u{e9} \u{1f600}");
        assert_eq!(visible("a\x1b[31mb\r\n\x7f"), "a\u{241b}[31mb\u{240d}\u{240a}\u{2421}");
        assert_eq!(visible("a\u{9b}b\u{202e}c"), "a\\u{9b}b\\u{202e}c");
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("aa bb cc", 5, 0), ["aa bb", "cc"]);
        assert_eq!(wrap("aa bb cc", 5, 3), ["aa", "bb cc"]);
        assert_eq!(wrap("https://long.example x", 5, 0), ["https://long.example", "x"]);
        assert_eq!(wrap("", 5, 0), [""]);
    }
}
