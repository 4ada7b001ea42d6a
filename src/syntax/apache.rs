//! httpd.conf and .htaccess as `ap_cfg_getline` and `ap_getword_conf` read them.

use crate::source::Span;

use super::tree::{Language, Tree, WordFlags};

/// Which of httpd's two kinds of file a text is: they differ in how long a line may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flavour {
    /// httpd.conf and what it includes: lines of up to 16 MiB.
    Server,
    /// .htaccess: logical lines of up to 8192 bytes.
    Htaccess,
}

/// Parses `text`.
#[must_use]
pub fn parse(text: &[u8], flavour: Flavour, holes: &[Span]) -> Tree {
    let _ = (text, flavour, holes);
    Tree::new(Language::Apache)
}

/// The bytes of a word without its quotes, escapes and continuations resolved.
pub(super) fn unescape(raw: &[u8], flags: WordFlags) -> Vec<u8> {
    let _ = flags;
    raw.to_vec()
}
