//! What is stored for a user: a hash of some scheme, or something that no server can check a password against.

use super::target::Libc;
use crate::grammar::hashes::{Checker, Class, FOREIGN, Foreign, Part, SCHEMES, Scheme};
use crate::syntax::Language;

/// What stands in the field behind a user's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    /// A hash, whole as far as its form tells.
    Hash(&'static Scheme),
    /// It starts as a hash of this scheme but cannot be one; how many characters it lacks at its end, if that is all.
    Malformed(&'static Scheme, Option<u32>),
    /// A hash whose prefix is in the wrong letter case.
    WrongCase(&'static Scheme),
    /// A hash between quotes.
    Quoted(&'static Scheme),
    /// A hash with every `$` doubled, as docker-compose.yml and Makefiles want it.
    DoubledDollars(&'static Scheme),
    /// A hash of another program.
    Foreign(&'static Foreign),
    /// Any other LDAP scheme in braces.
    Ldap,
    /// A bare hash in hex, by the name of the function that has hashes of this length.
    HexDigest(&'static str),
    /// The sign that locks an account, `!` or `*`.
    Locked,
    /// Nothing.
    Empty,
    /// Anything else: most likely the password itself.
    Plain,
}

/// Where a scheme can be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Works {
    /// On every system that the target may be.
    Everywhere,
    /// With libxcrypt, not with musl.
    OnGlibc,
    /// Nowhere that the target may be.
    Nowhere,
}

/// Where `server` can check hashes of `scheme`; `libc` where it is known.
#[must_use]
pub fn works(scheme: &Scheme, server: Language, libc: Option<Libc>) -> Works {
    let (glibc, musl) = match scheme.checker(server) {
        Checker::Own => return Works::Everywhere,
        Checker::No => return Works::Nowhere,
        Checker::Crypt => (scheme.glibc, scheme.musl),
    };
    match libc {
        Some(Libc::Glibc) if glibc => Works::Everywhere,
        Some(Libc::Musl) if musl => Works::Everywhere,
        None if glibc && musl => Works::Everywhere,
        None if glibc => Works::OnGlibc,
        _ => Works::Nowhere,
    }
}

/// Tells what `field` is: the bytes between two colons, blanks at both ends left out.
#[must_use]
pub fn read(field: &[u8]) -> Stored {
    if field.is_empty() {
        return Stored::Empty;
    }
    if let Some(scheme) = hash(field) {
        return Stored::Hash(scheme);
    }
    if field[0] == b'!' || field[0] == b'*' {
        return Stored::Locked;
    }
    if let Some(scheme) = unquoted(field).and_then(hash) {
        return Stored::Quoted(scheme);
    }
    if let Some(scheme) = field.strip_prefix(b"$$").and_then(|_| hash(&undoubled(field))) {
        return Stored::DoubledDollars(scheme);
    }
    if let Some(foreign) = FOREIGN.iter().find(|foreign| starts_with(field, foreign.prefix)) {
        return Stored::Foreign(foreign);
    }
    for scheme in marked() {
        if field.starts_with(scheme.prefix.as_bytes()) {
            return Stored::Malformed(scheme, missing(scheme, field));
        }
        if starts_with(field, scheme.prefix) {
            return Stored::WrongCase(scheme);
        }
    }
    match field.len() {
        _ if is_in_braces(field) => Stored::Ldap,
        32 if is_hex(field) => Stored::HexDigest("MD5"),
        40 if is_hex(field) => Stored::HexDigest("SHA-1"),
        64 if is_hex(field) => Stored::HexDigest("SHA-256"),
        128 if is_hex(field) => Stored::HexDigest("SHA-512"),
        _ => Stored::Plain,
    }
}

/// The scheme of a whole hash.
fn hash(field: &[u8]) -> Option<&'static Scheme> {
    SCHEMES.iter().find(|scheme| {
        field.strip_prefix(scheme.prefix.as_bytes()).is_some_and(|rest| fits(scheme, rest))
    })
}

/// The schemes that have a mark of their own at the start.
fn marked() -> impl Iterator<Item = &'static Scheme> {
    SCHEMES.iter().filter(|scheme| scheme.prefix.len() > 1)
}

fn starts_with(field: &[u8], prefix: &str) -> bool {
    field.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
}

/// Whether `rest`, what follows the prefix, is made of the scheme's parts.
fn fits(scheme: &Scheme, mut rest: &[u8]) -> bool {
    for (index, part) in scheme.parts.iter().enumerate() {
        let is_last = index + 1 == scheme.parts.len();
        let Some(after) = taken(scheme, part, rest, is_last) else {
            if part.optional.is_empty() {
                return false;
            }
            continue;
        };
        rest = after;
    }
    rest.is_empty()
}

/// What is left behind `part`, and behind the `$` that ends it.
fn taken<'t>(scheme: &Scheme, part: &Part, text: &'t [u8], is_last: bool) -> Option<&'t [u8]> {
    let text = text.strip_prefix(part.optional.as_bytes())?;
    let end = if scheme.joined {
        (part.most as usize).min(text.len())
    } else if is_last {
        text.len()
    } else {
        memchr::memchr(b'$', text)?
    };
    let (value, rest) = text.split_at(end);
    let fits = (part.least as usize..=part.most as usize).contains(&value.len())
        && value.iter().all(|&byte| is_of(part.class, byte));
    fits.then(|| if scheme.joined || is_last { rest } else { &rest[1..] })
}

fn is_of(class: Class, byte: u8) -> bool {
    match class {
        Class::Crypt => is_crypt(byte),
        // `.2` … `kosw`: every fourth character of the alphabet, 16 in all
        Class::Last => memchr::memchr(byte, b".26AEIMQUYcgkosw").is_some(),
        Class::Salt => byte.is_ascii_graphic() && memchr::memchr(byte, b"$:;*!\\").is_none(),
        Class::Digit => byte.is_ascii_digit(),
        Class::Hex => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        Class::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='),
        Class::Any => true,
    }
}

fn is_crypt(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/')
}

/// How many characters a hash lacks at its end, when a hash of `scheme` that was cut off is all it is.
fn missing(scheme: &Scheme, field: &[u8]) -> Option<u32> {
    let last = scheme.parts.last()?;
    let rest = &field[scheme.prefix.len()..];
    let found =
        if scheme.parts.len() == 1 { rest } else { &rest[memchr::memrchr(b'$', rest)? + 1..] };
    let lacks = last.least.checked_sub(found.len() as u32).filter(|&lacks| lacks > 0)?;
    let mut whole = field.to_vec();
    // a letter that every alphabet of a last part has
    whole.resize(field.len() + lacks as usize, b'A');
    fits(scheme, &whole[scheme.prefix.len()..]).then_some(lacks)
}

/// The text between two quotes, or before one that the line began with.
fn unquoted(field: &[u8]) -> Option<&[u8]> {
    let (&last, before) = field.split_last()?;
    let is_quote = matches!(last, b'"' | b'\'');
    is_quote.then(|| before.strip_prefix(&[last]).unwrap_or(before))
}

fn undoubled(field: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(field.len());
    let mut skip = false;
    for &byte in field {
        skip = byte == b'$' && !skip && out.last() == Some(&b'$');
        if !skip {
            out.push(byte);
        }
    }
    out
}

/// `{WORD}…`, the way of LDAP servers to name a scheme.
fn is_in_braces(field: &[u8]) -> bool {
    let Some(end) = memchr::memchr(b'}', field) else { return false };
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    field[0] == b'{' && end > 1 && field[1..end].iter().all(is_word) && end + 1 < field.len()
}

fn is_hex(field: &[u8]) -> bool {
    field.iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn scheme(field: &str) -> &'static str {
        match read(field.as_bytes()) {
            Stored::Hash(scheme) => scheme.name,
            other => panic!("{other:?}"),
        }
    }

    /// All made by crypt(3) of libxcrypt 4.4, openssl and htpasswd for the password `secret`.
    #[test]
    fn hashes_as_the_programs_write_them() {
        assert_eq!(scheme("$apr1$lint401x$oLYYMK8tUx6otXKO4mJoL0"), "apr1 (MD5)");
        assert_eq!(scheme("{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="), "{SHA} (SHA-1)");
        assert_eq!(scheme("{PLAIN}"), "{PLAIN}");
        let bcrypt = "$2y$05$Y.VTbmua4ElUt7zkZ8icr.yuL5HKQ3ByVOE.v3nRWGt6y9kBU5rse";
        assert_eq!(scheme(bcrypt), "bcrypt");
        let yescrypt = "$y$j9T$LdJMENpBABJJ3hIHjB1Bi.$hLaZXcKh6m7JYeftf3YBX9tUkp4CF5Pqe06e1mb9bt8";
        assert_eq!(scheme(yescrypt), "yescrypt");
        let gost = "$gy$j9T$geiLLFoXPrva3s8.ZS7VF.$gecXZwSTcFtjOwld4pHQNMpOWWSfs.uxgPMS9HB62V9";
        assert_eq!(scheme(gost), "gost-yescrypt");
        let scrypt =
            "$7$CU..../....h9VvVBSXPHtk/l4MVy1Yv/$RoCiJtxVyueVrwS0lVzkfE/iAE7k300OApWlyM55o54";
        assert_eq!(scheme(scrypt), "scrypt");
        assert_eq!(
            scheme("$5$rounds=1000$ab$bw4PhTdETPYycBP1S/MfHGVqzf4cldTXkxqJJ2X8w.3"),
            "SHA-256-crypt"
        );
        assert_eq!(scheme("$5$ro$Firqp9wOCXmst33e.yFZQwIZTqSDL3xD5AHMhpCVnb7"), "SHA-256-crypt");
        assert_eq!(scheme("$1$abcdefgh$cHJi5PXp/ki/ktXzqlk6I1"), "MD5-crypt");
        assert_eq!(scheme("$sha1$10$salt$j86vG8FBv4NRVZjiLS0shVlQgPe7"), "SHA1-crypt");
        assert_eq!(scheme("$md5,rounds=904$salt$$adsPJoIeEfSCfKrPOrXp31"), "SunMD5");
        assert_eq!(scheme("$md5$salt$$x9JwHJ/2xrjF./N71kQhu/"), "SunMD5");
        assert_eq!(scheme("$3$$878d8014606cda29677a44efa1353fc7"), "NT hash (MD4)");
        assert_eq!(scheme("_J9..abcd/H6HLCcf7nw"), "BSDi DES crypt");
        assert_eq!(scheme("abNANd1rDfiNc"), "DES crypt");
        assert_eq!(scheme("abHr9elwESrHsnvS1jnG6t/Q"), "bigcrypt (DES)");
    }

    #[test]
    fn what_is_no_hash_is_named() {
        let kind = |field: &str| read(field.as_bytes());
        assert_eq!(kind("secret"), Stored::Plain);
        // 13 characters, but `z` ends no DES hash
        assert_eq!(kind("abNANd1rDfiNz"), Stored::Plain);
        assert_eq!(kind(""), Stored::Empty);
        assert_eq!(kind("!"), Stored::Locked);
        assert_eq!(kind("*LK*"), Stored::Locked);
        assert_eq!(kind("5ebe2294ecd0e0f08eab7690d2a6ee69"), Stored::HexDigest("MD5"));
        assert_eq!(kind("{SSHA256}abcd"), Stored::Ldap);
        assert_eq!(kind("{secret"), Stored::Plain);
        assert!(
            matches!(kind("$argon2id$v=19$m=1"), Stored::Foreign(known) if known.name == "Argon2")
        );
        assert!(
            matches!(kind("{sha}5en6G6MezRroT3XKqkdPOmY/BfQ="), Stored::WrongCase(scheme) if scheme.prefix == "{SHA}")
        );
        for quoted in ["'abNANd1rDfiNc'", "abNANd1rDfiNc\""] {
            assert!(matches!(kind(quoted), Stored::Quoted(_)), "{quoted}");
        }
        assert!(matches!(
            kind("$$apr1$$lint401x$$oLYYMK8tUx6otXKO4mJoL0"),
            Stored::DoubledDollars(scheme) if scheme.prefix == "$apr1$"
        ));
    }

    #[test]
    fn what_a_cut_hash_lacks_is_counted() {
        let cut = |field: &str| match read(field.as_bytes()) {
            Stored::Malformed(scheme, lacks) => (scheme.name, lacks),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            cut("$2y$05$Y.VTbmua4ElUt7zkZ8icr.yuL5HKQ3ByVOE.v3nRWGt6y9kBU5"),
            ("bcrypt", Some(3))
        );
        assert_eq!(cut("$apr1$lint401x$"), ("apr1 (MD5)", Some(22)));
        assert_eq!(cut("$apr1$lint401x"), ("apr1 (MD5)", None));
        assert_eq!(cut("$apr1$lint401xx$oLYYMK8tUx6otXKO4mJoL0"), ("apr1 (MD5)", None));
        assert_eq!(cut("{SHA}5en6G6MezRroT3XKqkdPOmY"), ("{SHA} (SHA-1)", Some(5)));
    }

    #[test]
    fn the_c_library_decides() {
        let Stored::Hash(yescrypt) =
            read(b"$y$j9T$LdJMENpBABJJ3hIHjB1Bi.$hLaZXcKh6m7JYeftf3YBX9tUkp4CF5Pqe06e1mb9bt8")
        else {
            panic!("yescrypt")
        };
        assert_eq!(works(yescrypt, Language::Nginx, None), Works::OnGlibc);
        assert_eq!(works(yescrypt, Language::Nginx, Some(Libc::Glibc)), Works::Everywhere);
        assert_eq!(works(yescrypt, Language::Nginx, Some(Libc::Musl)), Works::Nowhere);
        let Stored::Hash(plain) = read(b"{PLAIN}x") else { panic!("plain") };
        assert_eq!(works(plain, Language::Nginx, Some(Libc::Musl)), Works::Everywhere);
        assert_eq!(works(plain, Language::Apache, None), Works::Nowhere);
    }
}
