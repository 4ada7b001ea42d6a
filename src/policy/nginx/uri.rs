//! From the request line to `$uri`: decoding, `.` and `..`, doubled slashes. Follows `ngx_http_parse_complex_uri`.

use crate::source::percent_encoded;

/// What a request line's target is read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The decoded and tidied path, as locations see it.
    pub(super) uri: Vec<u8>,
    /// What follows the `?`, as it was sent.
    pub(super) args: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Usual,
    Slash,
    Dot,
    DotDot,
}

/// Whether nginx takes a word for a method.
pub(super) fn is_method(word: &[u8]) -> bool {
    !word.is_empty()
        && word.iter().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'-'))
}

/// Reads a target; `None` for what nginx answers with 400.
pub(super) fn parse(target: &[u8], merge_slashes: bool) -> Option<Target> {
    if target.first() != Some(&b'/') {
        return None;
    }
    let mut uri: Vec<u8> = Vec::with_capacity(target.len());
    let mut state = State::Usual;
    let mut rest = target;
    let mut args: &[u8] = b"";
    while let Some((&first, behind)) = rest.split_first() {
        rest = behind;
        let byte = match first {
            b'%' => {
                let (byte, behind) = hex(rest)?;
                rest = behind;
                match byte {
                    0 => return None,
                    // decoded, these three are ordinary letters
                    b'%' | b'#' | b'?' => {
                        uri.push(byte);
                        state = State::Usual;
                        continue;
                    }
                    byte => byte,
                }
            }
            b'?' | b'#' => {
                if first == b'?' {
                    let end = rest.iter().position(|&byte| byte == b'#').unwrap_or(rest.len());
                    args = &rest[..end];
                }
                break;
            }
            0 => return None,
            byte => byte,
        };
        match (state, byte) {
            (State::Usual, b'/') => {
                uri.push(byte);
                state = State::Slash;
            }
            (State::Usual, _) => uri.push(byte),
            (State::Slash, b'/') => {
                if !merge_slashes {
                    uri.push(byte);
                }
            }
            (State::Slash, b'.') => {
                uri.push(byte);
                state = State::Dot;
            }
            (State::Dot, b'/') => {
                uri.pop();
                state = State::Slash;
            }
            (State::Dot, b'.') => {
                uri.push(byte);
                state = State::DotDot;
            }
            (State::DotDot, b'/') => {
                up(&mut uri)?;
                state = State::Slash;
            }
            (State::Slash | State::Dot | State::DotDot, _) => {
                uri.push(byte);
                state = State::Usual;
            }
        }
    }
    match state {
        State::Dot => {
            uri.pop();
        }
        State::DotDot => up(&mut uri)?,
        State::Usual | State::Slash => {}
    }
    Some(Target { uri, args: args.to_vec() })
}

/// Removes `..` and the segment before it; `None` above the root.
fn up(uri: &mut Vec<u8>) -> Option<()> {
    // the two dots and the slash before them
    uri.truncate(uri.len().checked_sub(3)?);
    let slash = uri.iter().rposition(|&byte| byte == b'/')?;
    uri.truncate(slash + 1);
    Some(())
}

fn hex(text: &[u8]) -> Option<(u8, &[u8])> {
    let digit = |at: usize| char::from(*text.get(at)?).to_digit(16);
    let byte = digit(0)? * 16 + digit(1)?;
    Some((u8::try_from(byte).ok()?, &text[2..]))
}

/// `path` and what follows its first `?`: `ngx_http_split_args`.
pub(super) fn split_args(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().position(|&byte| byte == b'?') {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (path, b""),
    }
}

/// `uri` as it is sent on: `ngx_escape_uri` with `NGX_ESCAPE_URI`.
pub(super) fn escape(uri: &[u8]) -> Vec<u8> {
    percent_encoded(uri, |byte| byte.is_ascii_graphic() && !b"\"#%<>?\\^`{|}".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(target: &str) -> Option<String> {
        let target = parse(target.as_bytes(), true)?;
        Some(String::from_utf8_lossy(&target.uri).into_owned())
    }

    #[test]
    fn targets_are_tidied_as_nginx_does() {
        for (target, expected) in [
            ("/a/../b", Some("/b")),
            ("/a//b///c", Some("/a/b/c")),
            ("/a/./b/.", Some("/a/b/")),
            ("/a/..", Some("/")),
            ("/%61%2Fb%2f/c", Some("/a/b/c")),
            ("/a%2e%2e/b", Some("/a../b")),
            ("/a/%2e%2e/b", Some("/b")),
            ("/%3Fx%23y%25", Some("/?x#y%")),
            ("/..", None),
            ("/a/../../b", None),
            ("/%00", None),
            ("/%zz", None),
            ("/...", Some("/...")),
            ("/.a", Some("/.a")),
            ("/a#b?c", Some("/a")),
            ("x", None),
        ] {
            assert_eq!(uri(target).as_deref(), expected, "{target}");
        }
        assert_eq!(
            parse(b"//a?x=%2F/../y", false).map(|it| (it.uri, it.args)),
            Some((b"//a".to_vec(), b"x=%2F/../y".to_vec()))
        );
    }
}
