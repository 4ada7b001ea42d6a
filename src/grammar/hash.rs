//! The hash that `grammars/build.rs` lays the tables out by and that a look-up follows; letter case does not count.

/// A number for `name` that differs little between letter cases: none at all for letters.
pub(crate) fn hash(name: &[u8], seed: u32) -> u32 {
    let mix = |state: u32, part: u32| (state.rotate_left(5) ^ part).wrapping_mul(0x9E37_79B1);
    let mut state = seed ^ name.len() as u32;
    let mut parts = name.chunks_exact(4);
    for part in &mut parts {
        let part = u32::from_le_bytes([part[0], part[1], part[2], part[3]]);
        state = mix(state, part | 0x2020_2020);
    }
    for &byte in parts.remainder() {
        state = mix(state, u32::from(byte | 0x20));
    }
    state ^ (state >> 15)
}
