//! Whether a server takes a password for a stored hash: nginx's `ngx_crypt`, httpd's `apr_password_validate`, and
//! `crypt()` of the C library behind both.
//!
//! Both servers compute the hash of the password anew, with the stored one as its setting, and compare the two texts; so
//! does this module. What it refuses to compute, to be done in a fraction of a second and in 64 MiB, is
//! [`Check::Unknown`]: bcrypt with a cost above 12, SHA-256-crypt and SHA-512-crypt with more than a million rounds (of
//! 64 bytes of password), BSDi DES with more than 100,000 rounds, yescrypt and scrypt with more than 64 MiB or the time
//! that these take, and passwords of more than 16 KiB. Unknown as well are gost-yescrypt, SHA1-crypt, SunMD5 and NT
//! hashes, `$2x$` with a password beyond ASCII, `$2a$` with a byte 0xFF in it, and yescrypt in a form that no program
//! writes.

mod des;
mod md5;
mod setting;
mod text64;

use crate::config::password::{self, Stored};
use crate::config::target::Libc;
use crate::grammar::hashes::{Checker, SCHEMES, Scheme};
use crate::syntax::Language;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use setting::{Outcome, Setting};
use sha1::{Digest, Sha1};

/// Longer passwords are not computed; no request header of a server's default size holds one.
const LONGEST_PASSWORD: usize = 16 * 1024;

/// What a server finds out about a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// It is the user's.
    Match,
    /// It is not.
    Mismatch,
    /// The C library's `crypt()` takes what is stored for no hash, or refuses the password. It says so by a text that
    /// equals no hash, or by NULL, as the library was built: nginx answers 401 to the one and 500 to the other.
    Refused,
    /// It was not worked out, because of this.
    Unknown(String),
}

/// Whether `stored` is the digest of `user:realm:password`, as htdigest writes it.
#[must_use]
pub fn is_digest(stored: &[u8], user: &[u8], realm: &[u8], password: &[u8]) -> bool {
    let mut md5 = ::md5::Md5::new();
    for (index, part) in [user, realm, password].into_iter().enumerate() {
        if index > 0 {
            md5.update(b":");
        }
        md5.update(part);
    }
    let hex: Vec<u8> = md5.finalize().iter().flat_map(|byte| [byte >> 4, byte & 15]).collect();
    stored.iter().eq(hex.iter().map(|&digit| &b"0123456789abcdef"[usize::from(digit)]))
}

/// Checks `password` against `stored`: all that stands between the colon behind the user's name and the end of the
/// field, as [`user_file`](super::user_file) finds it. `libc` where it is known.
#[must_use]
pub fn check(stored: &[u8], password: &[u8], server: Language, libc: Option<Libc>) -> Check {
    let (stored, password) = (c_string(stored), c_string(password));
    if password.len() > LONGEST_PASSWORD {
        return Check::Unknown(format!("passwords over {LONGEST_PASSWORD} bytes are not checked"));
    }
    if let Some(scheme) = scheme(stored).filter(|it| it.checker(server) == Checker::Own) {
        return match (scheme.prefix, server) {
            ("{PLAIN}", _) => matches(&stored[scheme.prefix.len()..] == password),
            ("{SHA}", _) => sha1(stored, scheme.prefix, password, 20..=20),
            ("{SSHA}", _) => sha1(stored, scheme.prefix, password, 20..=usize::MAX),
            ("$apr1$", _) => matches(md5::crypt(scheme.prefix, stored, password) == stored),
            // APR has its own `crypt_blowfish`
            _ => match setting::bcrypt(stored).outcome(stored, password) {
                Outcome::Refused => Check::Mismatch,
                outcome => outcome.into(),
            },
        };
    }
    let checked = match libc {
        Some(libc) => by_crypt(&setting::read(stored, password, libc), stored, password),
        None => by_either(stored, password),
    };
    match checked {
        // `apr_password_validate` takes NULL for a mismatch, and musl never says it
        Check::Refused if server == Language::Apache || libc == Some(Libc::Musl) => Check::Mismatch,
        checked => checked,
    }
}

/// The scheme whose mark `stored` starts with.
fn scheme(stored: &[u8]) -> Option<&'static Scheme> {
    let mut marked = SCHEMES.iter().filter(|scheme| !scheme.prefix.is_empty());
    marked.find(|scheme| stored.starts_with(scheme.prefix.as_bytes()))
}

/// What C takes bytes for.
fn c_string(bytes: &[u8]) -> &[u8] {
    &bytes[..memchr::memchr(0, bytes).unwrap_or(bytes.len())]
}

fn matches(equal: bool) -> Check {
    if equal { Check::Match } else { Check::Mismatch }
}

/// `prefix`, then in Base64 the SHA-1 of password and salt, and the salt; `lengths` are those of both in bytes.
fn sha1(
    stored: &[u8],
    prefix: &str,
    password: &[u8],
    lengths: std::ops::RangeInclusive<usize>,
) -> Check {
    // what the servers compare is their own encoding, so any other one of the same bytes is a mismatch
    let decoded = STANDARD.decode(&stored[prefix.len()..]);
    matches(decoded.is_ok_and(|decoded| {
        lengths.contains(&decoded.len()) && {
            let (digest, salt) = decoded.split_at(20);
            let sha1 = Sha1::new().chain_update(password).chain_update(salt);
            sha1.finalize().as_slice() == digest
        }
    }))
}

/// What `crypt()` says that reads `stored` as `setting`.
fn by_crypt(setting: &Setting, stored: &[u8], password: &[u8]) -> Check {
    match setting.outcome(stored, password) {
        // whatever comes out in the end, it is a whole hash
        Outcome::TooLong if !may_be_whole(stored) => Check::Mismatch,
        outcome => outcome.into(),
    }
}

/// Whether `stored` is a hash, or holds characters that only musl takes in one.
fn may_be_whole(stored: &[u8]) -> bool {
    matches!(password::read(stored), Stored::Hash(_))
        || stored.iter().any(|&byte| setting::is_bad(byte))
}

/// The answer where both C libraries give the same one.
fn by_either(stored: &[u8], password: &[u8]) -> Check {
    let read = |libc| setting::read(stored, password, libc);
    let (glibc, musl) = (read(Libc::Glibc), read(Libc::Musl));
    let by_glibc = by_crypt(&glibc, stored, password);
    if glibc == musl {
        return by_glibc;
    }
    match (by_glibc, by_crypt(&musl, stored, password)) {
        (Check::Refused, Check::Refused | Check::Mismatch) => Check::Refused,
        // musl never says NULL
        (Check::Mismatch, Check::Refused) => Check::Mismatch,
        (glibc, musl) if glibc == musl => glibc,
        (unknown @ Check::Unknown(_), _) | (_, unknown @ Check::Unknown(_)) => unknown,
        _ => Check::Unknown("glibc and musl differ on this hash".to_owned()),
    }
}

impl From<Outcome> for Check {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Equal => Self::Match,
            Outcome::Differs => Self::Mismatch,
            Outcome::Refused => Self::Refused,
            Outcome::TooLong => Self::Unknown("the hash takes too long to check".to_owned()),
            Outcome::Unknown(cause) => Self::Unknown(cause),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{Apache, Nginx};
    use proptest::prelude::*;

    fn says(stored: &str, libc: Option<Libc>) -> [Check; 2] {
        [Nginx, Apache].map(|server| check(stored.as_bytes(), b"secret", server, libc))
    }

    const GLIBC: Option<Libc> = Some(Libc::Glibc);
    const MUSL: Option<Libc> = Some(Libc::Musl);

    /// tests/live/passwords.rs asks the servers themselves about all of it; this is what stands without them.
    #[test]
    fn hashes_of_every_scheme() {
        for stored in [
            "$apr1$lint401x$oLYYMK8tUx6otXKO4mJoL0",
            "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
            "$2y$05$Y.VTbmua4ElUt7zkZ8icr.yuL5HKQ3ByVOE.v3nRWGt6y9kBU5rse",
            "$5$rounds=1000$ab$bw4PhTdETPYycBP1S/MfHGVqzf4cldTXkxqJJ2X8w.3",
            "$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1",
            "_J9..abcd/H6HLCcf7nw",
            "abNANd1rDfiNc",
        ] {
            assert_eq!(says(stored, None), [Check::Match, Check::Match], "{stored}");
            let cut = &stored[..stored.len() - 1];
            assert!(!says(cut, None).contains(&Check::Match), "{cut}");
        }
    }

    #[test]
    fn the_servers_differ() {
        assert_eq!(says("{PLAIN}secret", None), [Check::Match, Check::Mismatch]);
        assert_eq!(says("p@ssword", GLIBC), [Check::Refused, Check::Mismatch]);
        // `se` is a salt of DES
        assert_eq!(says("secret", None), [Check::Mismatch, Check::Mismatch]);
    }

    #[test]
    fn the_libraries_differ() {
        let yescrypt = "$y$j9T$LdJMENpBABJJ3hIHjB1Bi.$hLaZXcKh6m7JYeftf3YBX9tUkp4CF5Pqe06e1mb9bt8";
        assert_eq!(says(yescrypt, GLIBC), [Check::Match, Check::Match]);
        assert_eq!(says(yescrypt, MUSL), [Check::Mismatch, Check::Mismatch]);
        assert!(says(yescrypt, None).iter().all(|said| matches!(said, Check::Unknown(_))));
        // not computed, but musl knows nothing of it
        let gost = "$gy$j9T$geiLLFoXPrva3s8.ZS7VF.$gecXZwSTcFtjOwld4pHQNMpOWWSfs.uxgPMS9HB62V9";
        assert!(matches!(says(gost, GLIBC), [Check::Unknown(_), Check::Unknown(_)]));
        assert_eq!(says(gost, MUSL), [Check::Mismatch, Check::Mismatch]);
    }

    #[test]
    fn what_takes_long_is_left() {
        for stored in [
            "$2y$13$Y.VTbmua4ElUt7zkZ8icr.yuL5HKQ3ByVOE.v3nRWGt6y9kBU5rse",
            "$5$rounds=999999999$ab$bw4PhTdETPYycBP1S/MfHGVqzf4cldTXkxqJJ2X8w.3",
            "_zzzzabcd/H6HLCcf7nw",
            "$y$jFT$LdJMENpBABJJ3hIHjB1Bi.$hLaZXcKh6m7JYeftf3YBX9tUkp4CF5Pqe06e1mb9bt8",
            "$y$jzzzzzzzz$LdJMENpBABJJ3hIHjB1Bi.$hLaZXcKh6m7JYeftf3YBX9tUkp4CF5Pqe06e1mb9bt8",
        ] {
            let said = check(stored.as_bytes(), b"secret", Nginx, GLIBC);
            assert!(matches!(said, Check::Unknown(_)), "{stored}: {said:?}");
        }
        let cut = "$2y$31$Y.VTbmua4ElUt7zkZ8icr.yuL5HKQ3ByVOE.v3nRWGt6y9kBU5";
        assert_eq!(says(cut, GLIBC)[0], Check::Mismatch);
    }

    /// Any bytes behind the marks, which is where settings are read.
    fn stored() -> impl Strategy<Value = Vec<u8>> {
        let marks = SCHEMES.iter().map(|scheme| scheme.prefix).collect::<Vec<_>>();
        let settings = prop::sample::select(
            &["", "j7", "j9T$", "rounds=", "rounds=1000$", "04$", "/....", "zzzzz", "\u{e9}"][..],
        );
        let rest = prop_oneof![
            "[./0-9A-Za-z$]{0,90}".prop_map(String::into_bytes),
            prop::collection::vec(any::<u8>(), 0..40),
        ];
        (prop::sample::select(marks), settings, rest)
            .prop_map(|(mark, setting, rest)| [mark.as_bytes(), setting.as_bytes(), &rest].concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn any_bytes_are_checked(
            stored in stored(),
            password in prop::collection::vec(any::<u8>(), 0..600),
        ) {
            for server in [Nginx, Apache] {
                let [glibc, musl, either] =
                    [GLIBC, MUSL, None].map(|libc| check(&stored, &password, server, libc));
                prop_assert!(musl != Check::Refused);
                // what is said without a C library holds with each
                if let Check::Match | Check::Mismatch = either {
                    prop_assert_eq!(&either, &glibc);
                    prop_assert_eq!(&either, &musl);
                }
            }
        }
    }
}
