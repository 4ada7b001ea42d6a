//! What a literal Authorization value says, whichever server sends it: its scheme, and what is wrong with the rest.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::ops::Range;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);

/// A value of the form `Scheme credentials`, as RFC 9110 section 11.4 has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    /// The scheme.
    pub(super) scheme: Range<usize>,
    /// What stands behind it, without the blanks around.
    pub(super) credentials: Range<usize>,
}

/// Takes `value` apart; `None` when there is no scheme in front, or nothing behind it.
pub(super) fn parts(value: &[u8]) -> Option<Parts> {
    let start = value.len() - value.trim_ascii_start().len();
    let end = value.trim_ascii_end().len();
    let scheme = value[start..]
        .iter()
        .take_while(|&&byte| byte.is_ascii_alphanumeric() || byte == b'-')
        .count();
    let scheme = start..start + scheme;
    let rest = value.get(scheme.end..end)?;
    let gap = rest.len() - rest.trim_ascii_start().len();
    (!scheme.is_empty() && gap > 0).then(|| Parts { credentials: scheme.end + gap..end, scheme })
}

/// The credentials behind `scheme`, in any letter case.
pub(super) fn behind<'v>(value: &'v [u8], scheme: &str) -> Option<(&'v [u8], Range<usize>)> {
    let parts = parts(value)?;
    let is_it = value[parts.scheme].eq_ignore_ascii_case(scheme.as_bytes());
    is_it.then(|| (&value[parts.credentials.clone()], parts.credentials))
}

/// What the credentials of the Basic scheme are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Basic {
    /// Base64 of `user:password`.
    Pair,
    /// The same with a line end behind the password.
    Newline,
    /// Base64 of a text without a colon; base64 of base64 of a pair when `twice`.
    NoColon {
        /// Whether the text is itself base64 of a pair.
        twice: bool,
    },
    /// Base64 of something that is no text: a token of some kind, perhaps.
    Opaque,
    /// No base64.
    NotBase64(NotBase64),
}

/// Why a value is no base64.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NotBase64 {
    /// `user:password` as it is.
    Plain,
    /// Blanks in the middle, here: a line that was wrapped.
    Blank(Range<usize>),
    /// `-` and `_` in the place of `+` and `/`.
    UrlAlphabet,
    /// Another byte that no base64 holds.
    Byte(u8),
    /// A length that no base64 has.
    Length,
}

/// Reads the credentials of the Basic scheme. Padding may lack: `ngx_decode_base64` and others do without.
pub(super) fn basic(credentials: &[u8]) -> Basic {
    let not = |why| Basic::NotBase64(why);
    if let Some(from) = credentials.iter().position(u8::is_ascii_whitespace) {
        let rest = &credentials[from..];
        return not(NotBase64::Blank(from..from + rest.len() - rest.trim_ascii_start().len()));
    }
    let body = &credentials
        [..credentials.iter().position(|&byte| byte == b'=').unwrap_or(credentials.len())];
    let known = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    if let Some(&other) = body.iter().find(|byte| !known(byte)) {
        let url = body.iter().all(|byte| known(byte) || matches!(byte, b'-' | b'_'));
        return not(match other {
            _ if credentials.contains(&b':') => NotBase64::Plain,
            _ if url => NotBase64::UrlAlphabet,
            _ => NotBase64::Byte(other),
        });
    }
    let Ok(text) = BASE64.decode(body) else { return not(NotBase64::Length) };
    let is_text = |text: &[u8]| {
        !text.is_empty()
            && text
                .iter()
                .all(|byte| !byte.is_ascii_control() || matches!(byte, b'\n' | b'\r' | b'\t'))
            && std::str::from_utf8(text).is_ok()
    };
    if text.contains(&b':') {
        return if text.ends_with(b"\n") { Basic::Newline } else { Basic::Pair };
    }
    if !is_text(&text) {
        return Basic::Opaque;
    }
    let inner = BASE64.decode(text.trim_ascii()).ok();
    Basic::NoColon { twice: inner.is_some_and(|inner| inner.contains(&b':') && is_text(&inner)) }
}

/// Whether `value` is base64 of a readable `user:password`, with nothing around it.
pub(super) fn is_bare_pair(value: &[u8]) -> bool {
    let long_enough = value.len() >= 8;
    long_enough
        && matches!(basic(value), Basic::Pair | Basic::Newline)
        && BASE64.decode(value.trim_ascii_end()).is_ok_and(|text| {
            text.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\r'))
                && !text.starts_with(b":")
        })
}

/// Whether a credential is a note to replace it: `YOUR_API_TOKEN`, `changeme`, `<insert token>`, `xxxx`.
pub(super) fn is_placeholder(credential: &[u8]) -> bool {
    const WORDS: &[&str] = &[
        "changeme",
        "change-me",
        "change-this",
        "replaceme",
        "replace-me",
        "replace-this",
        "todo",
        "fixme",
        "tbd",
        "placeholder",
        "dummy",
        "base64",
        "base64string",
        "base64-encoded-credentials",
        "...",
        "\u{2026}",
    ];
    const STARTS: &[&str] = &[
        "your-",
        "insert-",
        "replace-with-",
        "replace-by-",
        "put-your-",
        "enter-your-",
        "change-me-",
        "paste-",
        "base64(",
        "base64-encoded-",
    ];
    const NAMES: &[&str] = &[
        "TOKEN",
        "API_TOKEN",
        "ACCESS_TOKEN",
        "AUTH_TOKEN",
        "BEARER_TOKEN",
        "JWT",
        "JWT_TOKEN",
        "API_KEY",
        "APIKEY",
        "SECRET",
        "SECRET_KEY",
        "PASSWORD",
        "CREDENTIALS",
        "BASE64_CREDENTIALS",
        "YOURTOKEN",
        "YOURAPIKEY",
        "YOURKEY",
    ];
    let Ok(text) = std::str::from_utf8(credential.trim_ascii()) else { return false };
    let plain = text
        .trim_matches(['<', '>', '[', ']', '{', '}', '%'])
        .to_lowercase()
        .replace(['_', ' '], "-");
    let is_x =
        text.len() >= 3 && text.bytes().all(|byte| matches!(byte, b'x' | b'X' | b'*' | b'.'));
    let is_bracketed = text.starts_with('<') && text.ends_with('>') && text.len() > 3;
    let is_here = plain.ends_with("-here") && plain.len() > 5;
    // capitals alone: a name whose `$` was forgotten, or that nobody has filled in
    let is_name = NAMES.contains(&text)
        || (["_TOKEN", "_API_KEY", "_SECRET", "_PASSWORD"].iter().any(|end| text.ends_with(end))
            && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'));
    is_x || is_here
        || is_name
        || is_bracketed
        || WORDS.contains(&plain.as_str())
        || STARTS.iter().any(|start| plain.starts_with(start))
}

/// A day as `2024-05-31`, from seconds since 1970 in UTC.
pub(super) fn date(seconds: i64) -> String {
    // days are counted from 1 March of year 0, so that a leap day is the last of its year
    let days = seconds.div_euclid(86_400) + 719_468;
    let era = days.div_euclid(146_097);
    let day = days.rem_euclid(146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (day, month) =
        (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str) -> String {
        BASE64.encode(text)
    }

    #[test]
    fn a_value_is_a_scheme_and_what_follows() {
        assert_eq!(parts(b"Basic abc"), Some(Parts { scheme: 0..5, credentials: 6..9 }));
        assert_eq!(parts(b"  Bearer \t a b "), Some(Parts { scheme: 2..8, credentials: 11..14 }));
        for none in ["", "  ", "abc", "Basic", "Basic ", "$x y"] {
            assert_eq!(parts(none.as_bytes()), None, "{none}");
        }
        assert_eq!(behind(b"bASIC abc", "Basic"), Some((&b"abc"[..], 6..9)));
        assert_eq!(behind(b"Bearer abc", "Basic"), None);
    }

    #[test]
    fn basic_credentials_are_base64_of_a_pair() {
        assert_eq!(basic(b"YWxpY2U6c2VjcmV0"), Basic::Pair);
        assert_eq!(basic(b"YWxpY2U6"), Basic::Pair);
        assert_eq!(basic(encoded("alice:secret1").trim_end_matches('=').as_bytes()), Basic::Pair);
        assert_eq!(basic(encoded("alice:secret\n").as_bytes()), Basic::Newline);
        assert_eq!(
            basic(encoded(&encoded("alice:secret")).as_bytes()),
            Basic::NoColon { twice: true }
        );
        assert_eq!(basic(encoded("alice").as_bytes()), Basic::NoColon { twice: false });
        assert_eq!(basic(encoded("\u{1}\u{2}\u{3}abc").as_bytes()), Basic::Opaque);
        assert_eq!(basic(b"YWxp Y2U6"), Basic::NotBase64(NotBase64::Blank(4..5)));
        assert_eq!(basic(b"YW-xpY2U6"), Basic::NotBase64(NotBase64::UrlAlphabet));
        assert_eq!(basic(b"alice:secret"), Basic::NotBase64(NotBase64::Plain));
        assert_eq!(basic(b"YW!xpY2U6"), Basic::NotBase64(NotBase64::Byte(b'!')));
        assert_eq!(basic(b"YWxpY"), Basic::NotBase64(NotBase64::Length));
    }

    #[test]
    fn a_pair_without_a_scheme_is_told_from_a_key() {
        assert!(is_bare_pair(b"YWxpY2U6c2VjcmV0"));
        for key in [
            "",
            "abc",
            "alice:secret",
            "c2VjcmV0LXRva2Vu",
            "Zm9vYmFy",
            "ab12cd34ef56ab12cd34ef56",
            "OnNlY3JldA==",
        ] {
            assert!(!is_bare_pair(key.as_bytes()), "{key}");
        }
    }

    #[test]
    fn placeholders_are_told_from_tokens() {
        for text in [
            "YOUR_API_TOKEN",
            "your-token",
            "<token>",
            "changeme",
            "CHANGE_ME",
            "xxxxxxxx",
            "GRAFANA_TOKEN",
            "insert token here",
            "TODO",
            "API_KEY",
        ] {
            assert!(is_placeholder(text.as_bytes()), "{text}");
        }
        for text in [
            "good",
            "secret",
            "token",
            "k1",
            "ghp_YOURS",
            "sk_live_token",
            "YWxpY2U6c2VjcmV0",
            "yourself",
            "",
            "AKIA_X",
            "static-word",
        ] {
            assert!(!is_placeholder(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn days_have_dates() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (951_782_400, "2000-02-29"),
            (1_577_840_400, "2020-01-01"),
            (4_102_444_799, "2099-12-31"),
        ] {
            assert_eq!(date(seconds), day);
        }
    }
}
