//! Paths as URIs.

use std::fmt::Write;

/// A path as users name it, as a URI reference: relative to the root of the sources, or a `file:` URI.
pub(super) fn of_path(path: &str) -> String {
    let mut out = String::with_capacity(path.len() + 8);
    if path.starts_with('/') {
        out.push_str("file://");
    } else if path.split('/').next().is_some_and(|first| first.contains(':')) {
        // `a:b` would name a scheme
        out.push_str("./");
    }
    for &byte in path.as_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*'
            | b'+' | b',' | b';' | b'=' | b':' | b'@' => out.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            byte => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

/// Whether [`of_path`] makes a relative reference of it.
pub(super) fn is_relative(path: &str) -> bool {
    !path.starts_with('/')
}

#[cfg(test)]
mod tests {
    use super::of_path;

    #[test]
    fn what_a_uri_reads_otherwise_is_escaped() {
        assert_eq!(of_path("conf.d/a b#é%.conf"), "conf.d/a%20b%23%C3%A9%25.conf");
        assert_eq!(of_path("/etc/nginx/nginx.conf"), "file:///etc/nginx/nginx.conf");
        assert_eq!(of_path("a:b/c"), "./a:b/c");
        assert_eq!(of_path("a\n?"), "a%0A%3F");
    }
}
