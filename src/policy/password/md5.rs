//! MD5-crypt, `$1$`, and Apache's variant of it, `$apr1$`: the same but for the mark.

use super::text64;
use md5::{Digest, Md5};

const ROUNDS: u32 = 1000;
const LONGEST_SALT: usize = 8;

/// The hash of `password`, with the salt that stands behind the mark in `stored`.
pub(super) fn crypt(mark: &str, stored: &[u8], password: &[u8]) -> Vec<u8> {
    let salt = super::setting::salt(&stored[mark.len()..], LONGEST_SALT);
    let mut digest = first(mark, salt, password);
    for round in 0..ROUNDS {
        let odd = round % 2 == 1;
        let mut md5 = Md5::new();
        md5.update(if odd { password } else { &digest });
        if round % 3 != 0 {
            md5.update(salt);
        }
        if round % 7 != 0 {
            md5.update(password);
        }
        md5.update(if odd { &digest } else { password });
        digest = md5.finalize().into();
    }
    let mut out = [mark.as_bytes(), salt, b"$"].concat();
    let byte = |at: usize| u32::from(digest[at]);
    for at in 0..5 {
        // the sixteenth byte stands alone, so the fifth takes its place
        let last = if at == 4 { 5 } else { at + 12 };
        text64::push(&mut out, byte(at) << 16 | byte(at + 6) << 8 | byte(last), 4);
    }
    text64::push(&mut out, byte(11), 2);
    out
}

/// The digest before the rounds.
fn first(mark: &str, salt: &[u8], password: &[u8]) -> [u8; 16] {
    let inner = Md5::new().chain_update(password).chain_update(salt).chain_update(password);
    let inner: [u8; 16] = inner.finalize().into();
    let mut md5 = Md5::new().chain_update(password).chain_update(mark).chain_update(salt);
    for block in password.chunks(inner.len()) {
        md5.update(&inner[..block.len()]);
    }
    let mut length = password.len();
    while length > 0 {
        // by mistake at first, by tradition since
        md5.update(if length % 2 == 1 { &[0] } else { &password[..1] });
        length /= 2;
    }
    md5.finalize().into()
}
