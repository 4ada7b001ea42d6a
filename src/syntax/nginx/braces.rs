//! Values that hold braces and lack their quotes, and so look like blocks.

use memchr::memchr;

/// The length of a regex's quantifier at the start of `text`: `{2}`, `{2,}`, `{2,4}`.
pub(super) fn quantifier_len(text: &[u8]) -> Option<usize> {
    let inner = text.strip_prefix(b"{")?;
    let digits = inner.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = &inner[digits..];
    let rest = rest.strip_prefix(b",").unwrap_or(rest);
    let rest = &rest[rest.iter().take_while(|byte| byte.is_ascii_digit()).count()..];
    let is_quantifier = digits > 0 && rest.starts_with(b"}");
    is_quantifier.then(|| text.len() - rest.len() + 1)
}

/// How many blanks may stand behind the brace of an object.
const INDENT: usize = 8;

/// The longest object that is looked for: every brace asks.
const LONGEST: usize = 1024;

/// How long the JSON object at the start of `text` is: `{"name": …}` on one line. Behind a quoted word nginx takes no `:`, so
/// this is never a block.
pub(super) fn object_len(text: &[u8]) -> Option<usize> {
    let inner = text.strip_prefix(b"{")?;
    let blanks = inner.iter().take(INDENT).take_while(|byte| byte.is_ascii_whitespace()).count();
    let name = inner[blanks..].strip_prefix(b"\"")?;
    let line = &text[..text.len().min(LONGEST)];
    let line = &line[..memchr(b'\n', line).unwrap_or(line.len())];
    let name = name.get(..line.len().checked_sub(blanks + 2)?)?;
    let behind = &name[memchr(b'"', name)? + 1..];
    if !behind.trim_ascii_start().starts_with(b":") {
        return None;
    }
    let (mut depth, mut in_string, mut at) = (0_usize, false, 0);
    while let Some(&byte) = line.get(at) {
        match byte {
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            b'{' if !in_string => depth += 1,
            b'}' if !in_string => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::object_len;

    #[test]
    fn objects_on_one_line() {
        for (text, len) in [
            (&br#"{"a":1};"#[..], Some(7)),
            (br#"{ "a" : {"b": "}"} } x"#, Some(20)),
            (br#"{"a\"}": "\"}"}"#, None),
            (br#"{"a": "\"}"}"#, Some(12)),
            (b"{\"a\": 1", None),
            (b"{\"a\": [\n1]}", None),
            (b"{\"a\" 1;}", None),
            (b"{}", None),
            (b"{", None),
            (b"", None),
        ] {
            assert_eq!(object_len(text), len, "{}", text.escape_ascii());
        }
    }
}
