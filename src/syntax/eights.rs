//! Bytes looked at by eights.

/// How many bytes there certainly are at the start of `text` that are more than a blank and none of `marks`.
#[inline]
pub(super) fn harmless<const N: usize>(text: &[u8], marks: [u8; N]) -> usize {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let (eights, _) = text.as_chunks::<8>();
    for (index, &eight) in eights.iter().enumerate() {
        // the high bits of bytes that are no more than a blank, or a mark: the lowest of them is right, and those of
        // other bytes are clear below it
        let eight = u64::from_le_bytes(eight);
        let low = eight.wrapping_sub(EACH * u64::from(b'!')) & !eight;
        let found = marks.iter().fold(low, |found, &mark| {
            let same = eight ^ (EACH * u64::from(mark));
            found | same.wrapping_sub(EACH) & !same
        });
        let found = found & (EACH * 0x80);
        if found != 0 {
            return index * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    eights.len() * 8
}
