//! The hashes that crypt() makes with DES (FIPS 46-3), whose expansion the salt changes: the traditional one, bigcrypt,
//! and BSDi's. The tables number bits from 1, the highest, as the standard prints them.

use super::text64;

/// Rounds of the traditional hash.
const TRADITIONAL: u32 = 25;

/// bigcrypt looks at no more of the password than this many blocks.
const BLOCKS: usize = 16;

const INITIAL: [u8; 64] = [
    58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6,
    64, 56, 48, 40, 32, 24, 16, 8, 57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61,
    53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31, 23, 15, 7,
];

const FINAL: [u8; 64] = [
    40, 8, 48, 16, 56, 24, 64, 32, 39, 7, 47, 15, 55, 23, 63, 31, 38, 6, 46, 14, 54, 22, 62, 30,
    37, 5, 45, 13, 53, 21, 61, 29, 36, 4, 44, 12, 52, 20, 60, 28, 35, 3, 43, 11, 51, 19, 59, 27,
    34, 2, 42, 10, 50, 18, 58, 26, 33, 1, 41, 9, 49, 17, 57, 25,
];

const KEY: [u8; 56] = [
    57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60,
    52, 44, 36, 63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29,
    21, 13, 5, 28, 20, 12, 4,
];

const ROUND_KEY: [u8; 48] = [
    14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52,
    31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
];

const SHIFTS: [u32; 16] = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];

const PERMUTATION: [u8; 32] = [
    16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19,
    13, 30, 6, 22, 11, 4, 25,
];

#[rustfmt::skip]
const BOXES: [[u8; 64]; 8] = [
    [14, 4, 13, 1, 2, 15, 11, 8, 3, 10, 6, 12, 5, 9, 0, 7, 0, 15, 7, 4, 14, 2, 13, 1, 10, 6, 12, 11, 9, 5, 3, 8,
     4, 1, 14, 8, 13, 6, 2, 11, 15, 12, 9, 7, 3, 10, 5, 0, 15, 12, 8, 2, 4, 9, 1, 7, 5, 11, 3, 14, 10, 0, 6, 13],
    [15, 1, 8, 14, 6, 11, 3, 4, 9, 7, 2, 13, 12, 0, 5, 10, 3, 13, 4, 7, 15, 2, 8, 14, 12, 0, 1, 10, 6, 9, 11, 5,
     0, 14, 7, 11, 10, 4, 13, 1, 5, 8, 12, 6, 9, 3, 2, 15, 13, 8, 10, 1, 3, 15, 4, 2, 11, 6, 7, 12, 0, 5, 14, 9],
    [10, 0, 9, 14, 6, 3, 15, 5, 1, 13, 12, 7, 11, 4, 2, 8, 13, 7, 0, 9, 3, 4, 6, 10, 2, 8, 5, 14, 12, 11, 15, 1,
     13, 6, 4, 9, 8, 15, 3, 0, 11, 1, 2, 12, 5, 10, 14, 7, 1, 10, 13, 0, 6, 9, 8, 7, 4, 15, 14, 3, 11, 5, 2, 12],
    [7, 13, 14, 3, 0, 6, 9, 10, 1, 2, 8, 5, 11, 12, 4, 15, 13, 8, 11, 5, 6, 15, 0, 3, 4, 7, 2, 12, 1, 10, 14, 9,
     10, 6, 9, 0, 12, 11, 7, 13, 15, 1, 3, 14, 5, 2, 8, 4, 3, 15, 0, 6, 10, 1, 13, 8, 9, 4, 5, 11, 12, 7, 2, 14],
    [2, 12, 4, 1, 7, 10, 11, 6, 8, 5, 3, 15, 13, 0, 14, 9, 14, 11, 2, 12, 4, 7, 13, 1, 5, 0, 15, 10, 3, 9, 8, 6,
     4, 2, 1, 11, 10, 13, 7, 8, 15, 9, 12, 5, 6, 3, 0, 14, 11, 8, 12, 7, 1, 14, 2, 13, 6, 15, 0, 9, 10, 4, 5, 3],
    [12, 1, 10, 15, 9, 2, 6, 8, 0, 13, 3, 4, 14, 7, 5, 11, 10, 15, 4, 2, 7, 12, 9, 5, 6, 1, 13, 14, 0, 11, 3, 8,
     9, 14, 15, 5, 2, 8, 12, 3, 7, 0, 4, 10, 1, 13, 11, 6, 4, 3, 2, 12, 9, 5, 15, 10, 11, 14, 1, 7, 6, 0, 8, 13],
    [4, 11, 2, 14, 15, 0, 8, 13, 3, 12, 9, 7, 5, 10, 6, 1, 13, 0, 11, 7, 4, 9, 1, 10, 14, 3, 5, 12, 2, 15, 8, 6,
     1, 4, 11, 13, 12, 3, 7, 14, 10, 15, 6, 8, 0, 5, 9, 2, 6, 11, 13, 8, 1, 4, 10, 7, 9, 5, 0, 15, 14, 2, 3, 12],
    [13, 2, 8, 4, 6, 15, 11, 1, 10, 9, 3, 14, 5, 0, 12, 7, 1, 15, 13, 8, 10, 3, 7, 4, 12, 5, 6, 11, 0, 14, 9, 2,
     7, 11, 4, 1, 9, 12, 14, 2, 0, 6, 10, 13, 15, 3, 5, 8, 2, 1, 14, 7, 4, 10, 8, 13, 15, 12, 9, 0, 3, 5, 6, 11],
];

/// Each box with the permutation behind it done.
const PERMUTED_BOXES: [[u32; 64]; 8] = permuted_boxes();

const fn permuted_boxes() -> [[u32; 64]; 8] {
    let mut out = [[0; 64]; 8];
    let mut at = 0;
    while at < 8 * 64 {
        let (index, six) = (at / 64, at % 64);
        // the outer two bits choose the row
        let place = (six & 32) | (six & 1) << 4 | (six >> 1 & 15);
        let four = (BOXES[index][place] as u64) << (28 - 4 * index);
        out[index][six] = permute(four, 32, &PERMUTATION) as u32;
        at += 1;
    }
    out
}

/// The bits of `value`, which has `width` of them, in the order of `table`.
const fn permute(value: u64, width: u8, table: &[u8]) -> u64 {
    let mut out = 0;
    let mut at = 0;
    while at < table.len() {
        out = out << 1 | (value >> (width - table[at]) & 1);
        at += 1;
    }
    out
}

/// DES with a key and a salt.
struct Des {
    round_keys: [u64; 16],
    /// The bits of a half that change places with those of the other half.
    swapped: u64,
}

impl Des {
    fn new(key: u64, salt: u32) -> Self {
        let key = permute(key, 64, &KEY);
        let (mut left, mut right) = (key >> 28, key & 0x0fff_ffff);
        let round_keys = SHIFTS.map(|shift| {
            let rotated = |half: u64| (half << shift | half >> (28 - shift)) & 0x0fff_ffff;
            (left, right) = (rotated(left), rotated(right));
            permute(left << 28 | right, 56, &ROUND_KEY)
        });
        Self { round_keys, swapped: u64::from(salt.reverse_bits() >> 8) }
    }

    /// Encrypts `block` as many times as `rounds` says.
    fn encrypt(&self, block: u64, rounds: u32) -> u64 {
        let block = permute(block, 64, &INITIAL);
        let (mut left, mut right) = ((block >> 32) as u32, block as u32);
        for _ in 0..rounds {
            for key in self.round_keys {
                (left, right) = (right, left ^ self.mixed(right, key));
            }
            (left, right) = (right, left);
        }
        permute(u64::from(left) << 32 | u64::from(right), 64, &FINAL)
    }

    fn mixed(&self, half: u32, key: u64) -> u32 {
        // each box gets four bits and the two beside them
        let expanded = (0..8).fold(0, |expanded, index| {
            expanded << 6 | u64::from(half.rotate_left(4 * index + 5) & 63)
        });
        let swap = (expanded >> 24 ^ expanded) & self.swapped;
        let expanded = expanded ^ (swap << 24 | swap) ^ key;
        (0..8).fold(0, |out, index| {
            out | PERMUTED_BOXES[index][(expanded >> (42 - 6 * index) & 63) as usize]
        })
    }
}

/// Eight characters of the password as a key: seven bits of each.
fn key(characters: &[u8]) -> u64 {
    let mut key = [0; 8];
    for (place, character) in key.iter_mut().zip(characters) {
        *place = character << 1;
    }
    u64::from_be_bytes(key)
}

/// Appends the eleven characters of a block.
fn push(out: &mut Vec<u8>, block: u64) {
    out.extend((0..10).map(|at| text64::character(block >> (58 - 6 * at))));
    out.push(text64::character(block << 2));
}

/// The traditional hash: `salt` as it is written and as it is meant, then one block of the password.
pub(super) fn crypt(written: [u8; 2], salt: u32, password: &[u8]) -> Vec<u8> {
    let mut out = written.to_vec();
    push(&mut out, Des::new(key(password), salt).encrypt(0, TRADITIONAL));
    out
}

/// bigcrypt: every block of the password, each salted with the start of the hash of the one before.
pub(super) fn big_crypt(written: [u8; 2], mut salt: u32, password: &[u8]) -> Vec<u8> {
    let mut out = crypt(written, salt, password);
    for block in password.chunks(8).take(BLOCKS).skip(1) {
        let before = out.len() - 11;
        salt = text64::number(&out[before..before + 2]).unwrap_or(salt);
        push(&mut out, Des::new(key(block), salt).encrypt(0, TRADITIONAL));
    }
    out
}

/// BSDi's hash: `written` holds its mark, rounds and salt; every block of the password goes into the key.
pub(super) fn extended_crypt(written: &[u8], rounds: u32, salt: u32, password: &[u8]) -> Vec<u8> {
    let mut blocks = password.chunks(8);
    let mut folded = key(blocks.next().unwrap_or_default());
    for block in blocks {
        folded = Des::new(folded, 0).encrypt(folded, 1) ^ key(block);
    }
    let mut out = written.to_vec();
    push(&mut out, Des::new(folded, salt).encrypt(0, rounds));
    out
}
