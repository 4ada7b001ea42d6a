//! nginx.conf as `ngx_conf_read_token` and `ngx_conf_parse` read it.

mod blocks;
mod file;
mod lexer;
mod lua;
mod quotes;

use super::tree::Tree;
use crate::source::Span;

/// Parses `text`, an nginx configuration file or a part of one that nginx would accept as an included file.
///
/// `holes` are the places where a template puts values in, ascending and apart; words that overlap one are flagged.
#[must_use]
pub fn parse(text: &[u8], holes: &[Span]) -> Tree {
    let (tree, _) = file::file(text, holes, &[]);
    tree
}

/// The bytes of a word without its quotes, escapes resolved.
pub(super) fn unescape(raw: &[u8]) -> Vec<u8> {
    let mut word = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((&byte, after)) = rest.split_first() {
        let resolved = match (byte, after.first()) {
            (b'\\', Some(&quoted @ (b'"' | b'\'' | b'\\'))) => Some(quoted),
            (b'\\', Some(b't')) => Some(b'\t'),
            (b'\\', Some(b'r')) => Some(b'\r'),
            (b'\\', Some(b'n')) => Some(b'\n'),
            _ => None,
        };
        word.push(resolved.unwrap_or(byte));
        rest = if resolved.is_some() { &after[1..] } else { after };
    }
    word
}
