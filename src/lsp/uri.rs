//! Files as editors name them: `file:` URIs.

use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The path that a URI names; `None` for what is no file of this machine.
pub(super) fn to_path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let start = rest.find('/')?;
    let host = &rest[..start];
    if !host.is_empty() && !host.eq_ignore_ascii_case("localhost") {
        return None;
    }
    let rest = &rest.as_bytes()[start..];
    let mut bytes = Vec::with_capacity(rest.len());
    let mut at = 0;
    while at < rest.len() {
        let escaped = (rest[at] == b'%')
            .then(|| rest.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(escaped.unwrap_or(rest[at]));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    let path = path_of(bytes)?;
    path.is_absolute().then_some(path)
}

#[cfg(unix)]
#[allow(clippy::unnecessary_wraps)] // elsewhere a path is text
fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    Some(PathBuf::from(std::ffi::OsString::from_vec(bytes)))
}

#[cfg(not(unix))]
fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
    // `/C:/a` names a drive
    let text = String::from_utf8(bytes).ok()?;
    let drive = text.as_bytes().get(2) == Some(&b':');
    Some(PathBuf::from(if drive { &text[1..] } else { &text }))
}

/// The URI of an absolute path.
pub(super) fn of_path(path: &Path) -> String {
    let text = path.as_os_str().as_encoded_bytes();
    let mut out = String::from("file://");
    if text.first() != Some(&b'/') {
        out.push('/');
    }
    for &byte in text {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            b'\\' if cfg!(windows) => out.push('/'),
            byte if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            byte => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{of_path, to_path};
    use std::path::Path;

    #[test]
    fn there_and_back() {
        for path in ["/etc/nginx/nginx.conf", "/a b/é#%?.conf", "/a:b"] {
            assert_eq!(to_path(&of_path(Path::new(path))).as_deref(), Some(Path::new(path)));
        }
        assert_eq!(to_path("file://localhost/a%20b").as_deref(), Some(Path::new("/a b")));
        assert_eq!(to_path("file:///a%zz%").as_deref(), Some(Path::new("/a%zz%")));
        assert_eq!(to_path("untitled:Untitled-1"), None);
        assert_eq!(to_path("file://server/share"), None);
    }
}
