//! Percent-encoding (RFC 3986, section 2.1).

/// `text` with each byte that `keeps` does not keep written as `%XX`.
#[must_use]
pub fn percent_encoded(text: &[u8], keeps: impl Fn(u8) -> bool) -> Vec<u8> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        if keeps(byte) {
            out.push(byte);
        } else {
            let digits = [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]);
            out.extend([b'%', digits[0], digits[1]]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::percent_encoded;

    #[test]
    fn bytes_that_are_not_kept_are_two_digits() {
        let kept = |byte: u8| byte.is_ascii_alphanumeric();
        assert_eq!(percent_encoded(b"a b\n\xC3\xBF%", kept), b"a%20b%0A%C3%BF%25");
        assert_eq!(percent_encoded(b"", kept), b"");
    }
}
