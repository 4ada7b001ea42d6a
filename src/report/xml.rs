//! Text for XML 1.0, which has no way to write a control character.

use super::text::visible;
use std::fmt::Write;

/// `text` for the value of an attribute, or between tags.
pub(super) fn escaped(text: &str) -> String {
    // a plain line end in an attribute is read as a blank
    markup(text, "&apos;", "&#10;")
}

/// `text` with what has a meaning in markup, hidden characters among it, written as text.
pub(super) fn markup(text: &str, apostrophe: &str, line_end: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (number, line) in text.split('\n').enumerate() {
        if number > 0 {
            out.push_str(line_end);
        }
        for c in visible(line).chars() {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str(apostrophe),
                // the last two of a plane are no characters of XML
                '\u{fffe}' | '\u{ffff}' => {
                    let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
                }
                c => out.push(c),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn markup_and_control_characters_are_text() {
        assert_eq!(escaped("<a b=\"c\">&'"), "&lt;a b=&quot;c&quot;&gt;&amp;&apos;");
        assert_eq!(escaped("a\nb\x1b\u{ffff}é"), "a&#10;b\u{241b}\\u{ffff}é");
    }
}
