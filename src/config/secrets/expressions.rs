//! What httpd's expressions and conditions compare a credential with: `%{HTTP:X-Api-Key} == 'word'`.

use crate::grammar::names_credential;
use crate::source::Span;
use memchr::{memchr, memmem};

/// How long the blanks and the operator between a variable and its literal may be.
const GAP: usize = 16;

/// The literals that a credential is compared with, each with whether it is a pattern.
pub(super) fn compared(text: &[u8]) -> Vec<(Span, bool)> {
    memmem::find_iter(text, b"%{").filter_map(|at| literal(text, at + 2)).collect()
}

/// The literal behind the variable whose name starts at `start`.
fn literal(text: &[u8], start: usize) -> Option<(Span, bool)> {
    let rest = &text[start..text.len().min(start + 256)];
    let name = &rest[..memchr(b'}', rest)?];
    if !names_credential(name) {
        return None;
    }
    let behind = &text[start + name.len() + 1..];
    let is_gap = |byte: &u8| matches!(byte, b' ' | b'\t' | b'=' | b'!' | b'~' | b'-' | b'e' | b'q');
    let gap = behind.iter().take(GAP).take_while(|byte| is_gap(byte)).count();
    let operator = behind[..gap].trim_ascii();
    let is_pattern = operator.contains(&b'~');
    let known = [&b"=="[..], b"=", b"!=", b"-eq", b"=~", b"!~"].contains(&operator);
    let quote = behind.get(gap).filter(|&&quote| matches!(quote, b'\'' | b'"' | b'/'))?;
    let from = start + name.len() + 1 + gap + 1;
    let line = &text[from..];
    let line = &line[..memchr(b'\n', line).unwrap_or(line.len())];
    let len = memchr(*quote, line)?;
    known.then(|| (Span::new(from as u32, (from + len) as u32), is_pattern))
}
