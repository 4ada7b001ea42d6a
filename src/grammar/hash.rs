//! The hash that `grammars/build.rs` lays the tables out by and that a look-up follows; letter case does not count.

/// A number for `name` that differs little between letter cases: none at all for letters.
pub(crate) fn hash(name: &[u8], seed: u32) -> u32 {
    let mut state = seed ^ name.len() as u32;
    for &byte in name {
        state = (state ^ u32::from(byte | 0x20)).wrapping_mul(0x0100_0193);
    }
    state ^ (state >> 15)
}
