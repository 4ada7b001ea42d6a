//! nginx.conf as `ngx_conf_read_token` and `ngx_conf_parse` read it.

mod blocks;
mod braces;
mod file;
mod layout;
mod lexer;
mod lua;
mod plain;
mod quotes;
mod run_ons;
#[cfg(test)]
mod tests;
mod words;

pub use run_ons::{Verdict, split_run_ons};

use super::tree::{NodeKind, Tree};
use crate::source::Span;
use file::LuaEnd;

/// How many braces may be missing or too many before the text is taken for something else than a configuration with
/// mistakes: each costs another reading.
const MOST_BRACES: usize = 4;

/// Parses `text`, an nginx configuration file or a part of one that nginx would accept as an included file.
///
/// `holes` are the places where a template puts values in, ascending and apart; words that overlap one are flagged.
#[must_use]
pub fn parse(text: &[u8], holes: &[Span]) -> Tree {
    parse_words(text, holes, true)
}

/// [`parse`]; `quickly`: plain directives are told from others first, which changes nothing but the time that it takes.
fn parse_words(text: &[u8], holes: &[Span], quickly: bool) -> Tree {
    let mut mends = Vec::new();
    let mut lua = LuaEnd::ByBraces;
    loop {
        let (tree, balance) = file::file(text, holes, &mends, lua, quickly);
        let missing = balance.open + balance.unexpected;
        if balance.open > 0 && lua == LuaEnd::ByBraces && has_lua(&tree) {
            // Lua that lacks its last brace swallows directives and takes one of theirs
            let (_, other) = file::file(text, holes, &mends, LuaEnd::ByLayout, quickly);
            if other.open + other.unexpected < missing {
                lua = LuaEnd::ByLayout;
                continue;
            }
        }
        if missing == 0 || missing + mends.len() > MOST_BRACES {
            return tree;
        }
        match layout::mend(text, &tree, balance, &mends) {
            Some(mend) if !mends.contains(&mend) => mends.push(mend),
            _ => return tree,
        }
        mends.sort_unstable_by_key(|mend| mend.at);
    }
}

fn has_lua(tree: &Tree) -> bool {
    tree.nodes.iter().any(|node| node.kind == NodeKind::Foreign)
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
