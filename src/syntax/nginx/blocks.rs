//! What the parser knows of names: which of them open a block, how its head looks, where such a block can stand, and
//! whether its lines are data. Needed to read free-form blocks, and to see what was meant where a brace is missing.

use crate::source::Span;
use crate::syntax::Word;

/// A directive that opens a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// The file itself, where it is a main configuration.
    File,
    /// `http`, `events`, `stream`, `mail`: only at the top.
    Top,
    /// `server`.
    Server,
    /// `upstream`.
    Upstream,
    /// `location`.
    Location,
    /// `if`.
    If,
    /// `limit_except`.
    LimitExcept,
    /// `types`.
    Types,
    /// `map`.
    Map,
    /// `geo`.
    Geo,
    /// `charset_map`.
    CharsetMap,
    /// `split_clients`, `match`, `geoip2`.
    OtherFreeForm,
    /// `content_by_lua_block` and its like.
    Lua,
}

impl Block {
    /// The block that a directive called `name` opens; `None` for a name that is not known to open one.
    pub(super) fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"http" | b"events" | b"stream" | b"mail" => Self::Top,
            b"server" => Self::Server,
            b"upstream" => Self::Upstream,
            b"location" => Self::Location,
            b"if" => Self::If,
            b"limit_except" => Self::LimitExcept,
            b"types" => Self::Types,
            b"map" => Self::Map,
            b"geo" => Self::Geo,
            b"charset_map" => Self::CharsetMap,
            b"split_clients" | b"match" | b"geoip2" => Self::OtherFreeForm,
            _ if name.ends_with(b"_by_lua_block") => Self::Lua,
            _ => return None,
        })
    }

    /// Whether its lines are data rather than directives.
    pub(super) const fn is_free_form(self) -> bool {
        matches!(self, Self::Types | Self::Map | Self::Geo | Self::CharsetMap | Self::OtherFreeForm)
    }

    /// Whether `include` is a directive in it (`ngx_http_map`, `ngx_http_geo`, `ngx_http_core_type` look for it).
    pub(super) const fn takes_include(self) -> bool {
        matches!(self, Self::Types | Self::Map | Self::Geo)
    }

    /// Whether nginx refuses an entry of more than two words in it.
    pub(super) const fn takes_pairs(self) -> bool {
        matches!(self, Self::Map | Self::Geo | Self::CharsetMap)
    }

    /// Whether a block of this kind can stand right inside one of `parent`, as far as nginx's own modules go.
    pub(super) const fn fits_in(self, parent: Self) -> bool {
        match parent {
            Self::File => matches!(self, Self::Top),
            Self::Top => matches!(
                self,
                Self::Server
                    | Self::Upstream
                    | Self::Types
                    | Self::Map
                    | Self::Geo
                    | Self::CharsetMap
                    | Self::OtherFreeForm
                    | Self::Lua
            ),
            Self::Server => matches!(self, Self::Location | Self::If | Self::Types | Self::Lua),
            Self::Location => matches!(
                self,
                Self::Location | Self::If | Self::LimitExcept | Self::Types | Self::Lua
            ),
            Self::Upstream | Self::If | Self::LimitExcept => matches!(self, Self::Lua),
            _ => false,
        }
    }

    /// How many of `words` (the name first) make up the head of the block: at least 1, at most all.
    pub(super) fn head_len(self, words: &[Word], text: &[u8]) -> usize {
        let word = |index: usize| words.get(index).map_or(&b""[..], |word| word.span.of(text));
        let len = match self {
            Self::File | Self::Top | Self::Server | Self::Types => 1,
            Self::Map | Self::CharsetMap => 3,
            Self::OtherFreeForm if word(0) == b"split_clients" => 3,
            Self::Geo => 2 + usize::from(word(2).starts_with(b"$")),
            Self::Lua => 1 + usize::from(word(1).starts_with(b"$")),
            Self::Location if matches!(word(1), b"=" | b"~" | b"~*" | b"^~") => 3,
            Self::Upstream | Self::OtherFreeForm | Self::Location => 2,
            Self::If => condition_len(words, text),
            Self::LimitExcept => {
                let method = |word: &&Word| word.span.of(text).iter().all(u8::is_ascii_uppercase);
                1 + words.iter().skip(1).take_while(method).count()
            }
        };
        len.min(words.len())
    }
}

/// The words up to the one that closes the parenthesis of an `if`; all of them when none does.
fn condition_len(words: &[Word], text: &[u8]) -> usize {
    let mut depth = 0_isize;
    for (index, word) in words.iter().enumerate().skip(1) {
        if !word.is_quoted() {
            for byte in word.span.of(text) {
                depth += isize::from(*byte == b'(') - isize::from(*byte == b')');
            }
        }
        if depth <= 0 {
            return index + 1;
        }
    }
    words.len()
}

/// Whether `text` is spelt like a directive's name.
pub(super) fn looks_like_name(text: &[u8]) -> bool {
    text.first().is_some_and(|&byte| byte.is_ascii_lowercase() || byte == b'_')
        && text.iter().all(|&byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

/// Whether the word at `span` stands first on its line, blanks aside.
pub(super) fn starts_line(span: Span, text: &[u8]) -> bool {
    indent(span.start, text).is_some()
}

/// How far in the line of `offset` it stands, when only blanks stand before it; a tab counts as four.
pub(super) fn indent(offset: u32, text: &[u8]) -> Option<u32> {
    let mut width = 0;
    for &byte in text[..(offset as usize).min(text.len())].iter().rev() {
        match byte {
            b'\n' => break,
            b'\t' => width += 4,
            b' ' => width += 1,
            b'\r' => {}
            _ => return None,
        }
    }
    Some(width)
}
