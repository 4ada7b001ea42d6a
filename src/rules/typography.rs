//! Quotes as word processors and blogs print them: letters like any other to both servers.

/// How many bytes the typographic quote at the beginning of `word` has, if there is one: U+2018 to U+201F, U+00AB, U+00BB.
pub(super) fn quote_at_start(word: &[u8]) -> Option<usize> {
    match word {
        [0xE2, 0x80, 0x98..=0x9F, ..] => Some(3),
        [0xC2, 0xAB | 0xBB, ..] => Some(2),
        _ => None,
    }
}

/// How many bytes the one at the end has.
pub(super) fn quote_at_end(word: &[u8]) -> Option<usize> {
    match word {
        [.., 0xE2, 0x80, 0x98..=0x9F] => Some(3),
        [.., 0xC2, 0xAB | 0xBB] => Some(2),
        _ => None,
    }
}
