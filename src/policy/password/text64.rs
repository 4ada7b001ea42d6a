//! The 64 characters that crypt() writes its hashes with, six bits each, in their two orders.

const ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Appends the lowest `6 * count` bits of `value`, the lowest six first.
pub(super) fn push(out: &mut Vec<u8>, mut value: u32, count: usize) {
    for _ in 0..count {
        out.push(character(u64::from(value)));
        value >>= 6;
    }
}

/// The character of the lowest six bits.
pub(super) fn character(value: u64) -> u8 {
    ALPHABET[(value & 63) as usize]
}

/// The six bits that a character stands for.
pub(super) fn value(character: u8) -> Option<u32> {
    ALPHABET.iter().position(|&known| known == character).map(|at| at as u32)
}

/// The value of characters that stand for six bits each, the lowest first.
pub(super) fn number(text: &[u8]) -> Option<u32> {
    let mut number = 0;
    for (at, &byte) in text.iter().enumerate() {
        number |= value(byte)?.checked_shl(6 * at as u32)?;
    }
    Some(number)
}

/// Bytes as yescrypt writes them: each three, the lowest first, in four characters.
pub(super) fn encode(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let value = three.iter().rev().fold(0, |value, &byte| value << 8 | u32::from(byte));
        push(&mut out, value, (three.len() * 8).div_ceil(6));
    }
    out
}

/// The bytes that [`encode`] makes this text of.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    for four in text.chunks(4) {
        let value = number(four)?;
        let count = four.len() * 6 / 8;
        // a lone character holds no byte, and no bit may be left over
        if count == 0 || value >> (8 * count) != 0 {
            return None;
        }
        out.extend_from_slice(&value.to_le_bytes()[..count]);
    }
    Some(out)
}
