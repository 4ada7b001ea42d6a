//! The directives of both servers, the ways to store a password and the paths that are asked for without a login, as tables. Holds no logic beyond looking a name up.
//!
//! The facts are in `grammars/*.toml`; `grammars/build.rs` turns them into static tables
//! when the crate is built.

pub mod apache;
pub mod apache_modules;
pub mod endpoints;
mod hash;
pub mod hashes;
pub mod nginx;
pub mod providers;

use std::cmp::Ordering;

/// A version as (major, minor, patch).
pub type Version = (u16, u16, u16);

/// Who ships a directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The server's own source.
    Core,
    /// NGINX Plus only.
    Plus,
    /// Modules of others: whether one is there cannot be known from the configuration alone.
    ThirdParty,
}

/// Words of a directive that no output may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Secret {
    /// Which words.
    pub words: SecretWords,
    /// Which part of them.
    pub part: SecretPart,
    /// The word that must name a credential ([`names_credential`]) for them to be secret.
    pub when: NamedBy,
}

/// Which words of a directive are secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretWords {
    /// One argument, counted from 1.
    Argument(u8),
    /// This argument, counted from 1, and all behind it.
    From(u8),
    /// The first word of each line in its free-form block.
    EntryKey,
    /// The other words of each line in its free-form block.
    EntryValue,
}

/// Which part of a word is secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecretPart {
    /// All of it.
    Whole,
    /// What follows `Name:`, where that names a credential.
    HeaderValue,
    /// What follows `NAME=`, where that names a credential.
    Assigned,
}

/// What makes words secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NamedBy {
    /// They always are.
    Always,
    /// This argument, counted from 1, names a credential.
    Argument(u8),
    /// The first word of the same line of a free-form block names a credential.
    EntryKey,
}

/// What the name of a header, variable or parameter contains when its value is a credential and the word starts with this
/// letter, a small one; `-` stands for `_` as well.
const fn credential_words(letter: u8) -> &'static [&'static str] {
    match letter {
        b'a' => &["api-key", "apikey", "access-key", "auth-key", "authkey", "authorization"],
        b'c' => &["cookie", "credential"],
        b'j' => &["jwt"],
        b'p' => &["passphrase", "passwd", "password", "private-key"],
        b's' => &["secret", "session-id"],
        b't' => &["token"],
        _ => &[],
    }
}

/// Whether `name`, a header, variable or parameter, is one whose value is a credential: `Authorization`,
/// `$http_x_api_key`, `HTTP_COOKIE`.
#[must_use]
pub fn names_credential(name: &[u8]) -> bool {
    let fold = |byte: u8| if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
    let starts_with = |rest: &[u8], word: &str| {
        rest.len() >= word.len()
            && rest.iter().zip(word.bytes()).all(|(&byte, it)| fold(byte) == it)
    };
    name.iter().enumerate().any(|(at, &first)| {
        credential_words(first | 0x20).iter().any(|word| starts_with(&name[at..], word))
    })
}

/// How `left` sorts to `right`, bytewise; with letter case folded where `fold` says so.
const fn compare(left: &[u8], right: &[u8], fold: bool) -> Ordering {
    let mut at = 0;
    loop {
        if at == left.len() || at == right.len() {
            let same = left.len() == right.len();
            return if same {
                Ordering::Equal
            } else if at == left.len() {
                Ordering::Less
            } else {
                Ordering::Greater
            };
        }
        let (mut one, mut other) = (left[at], right[at]);
        if fold {
            (one, other) = (one.to_ascii_lowercase(), other.to_ascii_lowercase());
        }
        if one != other {
            return if one < other { Ordering::Less } else { Ordering::Greater };
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::names_credential;

    #[test]
    fn names_of_credentials() {
        for name in [
            "Authorization",
            "proxy-authorization",
            "$http_authorization",
            "HTTP_COOKIE",
            "X-Api-Key",
            "$api_key",
            "DB_PASSWORD",
            "Set-Cookie",
            "X-Amz-Security-Token",
            "PRIVATE-TOKEN",
        ] {
            assert!(names_credential(name.as_bytes()), "{name}");
        }
        for name in
            ["Host", "X-Forwarded-For", "SCRIPT_FILENAME", "Accept", "$uri", "X-Real-IP", ""]
        {
            assert!(!names_credential(name.as_bytes()), "{name}");
        }
    }
}
