//! What `crypt()` takes a stored hash for, in libxcrypt 4.4 and in musl 1.2, and the hash that it makes of a password.

use super::{des, md5, text64};
use crate::config::target::Libc;
use base64::Engine;
use base64::alphabet::BCRYPT;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use yescrypt::{Mode, Params};

/// bcrypt's alphabet; the last character of a salt has bits to spare, and crypt() ignores them.
const BCRYPT64: GeneralPurpose = GeneralPurpose::new(
    &BCRYPT,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// The highest cost of bcrypt that is computed.
const BCRYPT_COST: u32 = 12;

/// The most rounds of SHA-crypt that are computed, of 64 bytes of password each.
const SHA_ROUNDS: usize = 1_000_000;

/// The most rounds of BSDi DES that are computed.
const DES_ROUNDS: u32 = 100_000;

/// The most memory that yescrypt and scrypt may take, in bytes.
const MEMORY: u64 = 64 * 1024 * 1024;

/// The least N that libxcrypt's yescrypt and scrypt take.
const LEAST_N: u64 = 4;

/// `CRYPT_MAX_PASSPHRASE_SIZE` of libxcrypt, with the byte that ends a text.
const GLIBC_PASSWORD: usize = 512;

/// The longest password that musl's SHA-crypt takes.
const MUSL_SHA_PASSWORD: usize = 256;

/// The longest setting that leaves room for a hash in libxcrypt's output.
const YESCRYPT_SETTING: usize = 384 - 1 - 43 - 1;

/// The longest salt of SHA-crypt.
const SHA_SALT: usize = 16;

/// A stored hash as `crypt()` reads it: what of it goes into the hash of a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Setting<'s> {
    Md5,
    /// `rounds` where they are written.
    Sha {
        is_512: bool,
        rounds: Option<u32>,
        salt: &'s [u8],
    },
    Bcrypt {
        cost: u32,
        salt: [u8; 16],
    },
    /// yescrypt or scrypt; `written` is what stands before the last `$`.
    Yescrypt {
        params: Params,
        salt: Vec<u8>,
        written: &'s [u8],
    },
    Des {
        written: [u8; 2],
        salt: u32,
        is_big: bool,
    },
    ExtendedDes {
        written: &'s [u8],
        rounds: u32,
        salt: u32,
    },
    /// Of this name, and not computed here.
    Other(&'static str),
    /// yescrypt or scrypt beyond [`MEMORY`].
    TooLarge,
    Refused,
}

/// What comes of a stored hash and a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Equal,
    Differs,
    Refused,
    /// It takes too long to compute; a hash it is.
    TooLong,
    Unknown(String),
}

/// The setting that `stored` is for `crypt()` of `libc`.
pub(super) fn read<'s>(stored: &'s [u8], password: &[u8], libc: Libc) -> Setting<'s> {
    let is_glibc = libc == Libc::Glibc;
    if is_glibc && (password.len() >= GLIBC_PASSWORD || stored.iter().any(|&byte| is_bad(byte))) {
        return Setting::Refused;
    }
    let scheme = super::scheme(stored);
    let scheme = scheme.filter(|scheme| if is_glibc { scheme.glibc } else { scheme.musl });
    let Some(scheme) = scheme else { return traditional(stored, password, is_glibc) };
    match scheme.prefix {
        "$1$" => Setting::Md5,
        "$5$" | "$6$" if !is_glibc && password.len() > MUSL_SHA_PASSWORD => Setting::Refused,
        "$5$" | "$6$" => sha(stored, is_glibc),
        "$2a$" | "$2b$" | "$2x$" | "$2y$" => bcrypt(stored),
        "$y$" => or_refused(yescrypt(stored)),
        "$7$" => or_refused(scrypt(stored)),
        "_" => or_refused(extended_des(stored, is_glibc)),
        _ => Setting::Other(scheme.name),
    }
}

fn or_refused(setting: Option<Setting<'_>>) -> Setting<'_> {
    setting.unwrap_or(Setting::Refused)
}

/// `check_badsalt_chars` of libxcrypt.
pub(super) fn is_bad(byte: u8) -> bool {
    !byte.is_ascii_graphic() || memchr::memchr(byte, b"!*:;\\").is_some()
}

/// The text before the next `$`, at most `longest` bytes of it.
pub(super) fn salt(text: &[u8], longest: usize) -> &[u8] {
    let end = memchr::memchr(b'$', text).unwrap_or(text.len());
    &text[..end.min(longest)]
}

/// DES without a mark: two characters of salt.
fn traditional(stored: &[u8], password: &[u8], is_glibc: bool) -> Setting<'static> {
    let Some(&[first, second]) = stored.get(..2) else { return Setting::Refused };
    let is_big = is_glibc && password.len() > 8 && stored.len() > 13;
    let salt = if is_glibc {
        text64::number(&[first, second])
    } else {
        let is_safe = [first, second].iter().all(|byte| !matches!(byte, b'\n' | b':'));
        is_safe.then(|| loose(first) | loose(second) << 6)
    };
    salt.map_or(Setting::Refused, |salt| Setting::Des { written: [first, second], salt, is_big })
}

/// `ascii_to_bin` of musl, which takes any byte.
fn loose(character: u8) -> u32 {
    let signed = i32::from(character.cast_signed());
    let first = match signed {
        97.. => 97 - 38,
        65.. => 65 - 12,
        _ => 46,
    };
    (signed - first).cast_unsigned() & 63
}

/// `_`, four characters of rounds, four of salt.
fn extended_des(stored: &[u8], is_glibc: bool) -> Option<Setting<'_>> {
    let rounds = text64::number(stored.get(1..5)?)?;
    let salt = text64::number(stored.get(5..9)?)?;
    (is_glibc || rounds > 0).then(|| Setting::ExtendedDes {
        written: &stored[..9],
        // libxcrypt takes none for one
        rounds: rounds.max(1),
        salt,
    })
}

/// `$5$` or `$6$`, `rounds=N$` perhaps, salt.
fn sha(stored: &[u8], is_glibc: bool) -> Setting<'_> {
    let is_512 = stored[1] == b'6';
    let rest = &stored[3..];
    let Some(behind) = rest.strip_prefix(b"rounds=") else {
        return Setting::Sha { is_512, rounds: None, salt: salt(rest, SHA_SALT) };
    };
    let digits = behind.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (number, after) = behind.split_at(digits);
    // no more digits than an unsigned long holds; what is more is out of every range
    let value = number.iter().fold(0_u64, |value, digit| {
        value.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
    });
    let rounds = if is_glibc {
        let in_range = (1000..=999_999_999).contains(&value) && number[0] != b'0';
        in_range.then_some(value)
    } else {
        (!number.is_empty()).then(|| value.clamp(1000, 9_999_999))
    };
    match (rounds, after.strip_prefix(b"$")) {
        (Some(rounds), Some(rest)) => {
            Setting::Sha { is_512, rounds: Some(rounds as u32), salt: salt(rest, SHA_SALT) }
        }
        _ => Setting::Refused,
    }
}

/// `$2y$` or the like, two digits of cost, `$`, 22 characters of salt.
pub(super) fn bcrypt(stored: &[u8]) -> Setting<'static> {
    let parsed = (|| {
        let [tens @ b'0'..=b'3', ones @ b'0'..=b'9', b'$'] = *stored.get(4..7)? else {
            return None;
        };
        let cost = u32::from(tens - b'0') * 10 + u32::from(ones - b'0');
        let salt = BCRYPT64.decode(stored.get(7..29)?).ok()?;
        let salt = <[u8; 16]>::try_from(salt).ok()?;
        (4..=31).contains(&cost).then_some(Setting::Bcrypt { cost, salt })
    })();
    parsed.unwrap_or(Setting::Refused)
}

/// `$y$`, parameters, `$`, salt.
fn yescrypt(stored: &[u8]) -> Option<Setting<'_>> {
    if stored.len() > YESCRYPT_SETTING {
        return None;
    }
    let end = 3 + memchr::memchr(b'$', &stored[3..])?;
    let text = std::str::from_utf8(&stored[3..end]).ok()?;
    let behind = &stored[end + 1..];
    let salt = &behind[..memchr::memrchr(b'$', behind).unwrap_or(behind.len())];
    let written = &stored[..end + 1 + salt.len()];
    let salt = text64::decode(salt).filter(|salt| salt.len() <= 64)?;
    let other = Setting::Other("yescrypt with uncommon parameters");
    let Ok(params) = text.parse::<Params>() else { return Some(other) };
    let (n, r, p) = (params.n(), params.r(), params.p());
    if n < LEAST_N {
        return None;
    }
    if !is_affordable(n, r, p) {
        return Some(Setting::TooLarge);
    }
    Some(match Params::new(Mode::Rw, n, r, p) {
        // nothing but these three is set, and they are written as every program writes them
        Ok(plain) if plain.to_string() == text => {
            Setting::Yescrypt { params: plain, salt, written }
        }
        _ => other,
    })
}

/// `$7$`, a character of N, five of r, five of p, salt.
fn scrypt(stored: &[u8]) -> Option<Setting<'_>> {
    let n = 1_u64.checked_shl(text64::value(*stored.get(3)?)?)?;
    let r = text64::number(stored.get(4..9)?)?;
    let p = text64::number(stored.get(9..14)?)?;
    if stored.len() > YESCRYPT_SETTING || n < LEAST_N || r == 0 || p == 0 {
        return None;
    }
    if !is_affordable(n, r, p) {
        return Some(Setting::TooLarge);
    }
    let behind = &stored[14..];
    let salt = &behind[..memchr::memrchr(b'$', behind).unwrap_or(behind.len())];
    let written = &stored[..14 + salt.len()];
    let params = Params::new(Mode::Classic, n, r, p).ok()?;
    Some(Setting::Yescrypt { params, salt: salt.to_vec(), written })
}

/// Whether memory and time of yescrypt and scrypt stay within [`MEMORY`].
fn is_affordable(n: u64, r: u32, p: u32) -> bool {
    let bytes = n.saturating_mul(128).saturating_mul(r.into()).saturating_mul(p.into());
    bytes <= MEMORY
}

impl Setting<'_> {
    /// Computes the hash of `password` and compares it with `stored`, which this setting was read from.
    pub(super) fn outcome(&self, stored: &[u8], password: &[u8]) -> Outcome {
        match self.hash(stored, password) {
            Ok(hash) if hash == stored => Outcome::Equal,
            Ok(_) => Outcome::Differs,
            Err(outcome) => outcome,
        }
    }

    fn hash(&self, stored: &[u8], password: &[u8]) -> Result<Vec<u8>, Outcome> {
        match *self {
            Self::Md5 => Ok(md5::crypt("$1$", stored, password)),
            Self::Sha { is_512, rounds, salt } => {
                let params =
                    rounds.map_or(Ok(sha_crypt::Params::default()), sha_crypt::Params::new);
                let blocks = 1 + password.len() / 64;
                match params {
                    Ok(params) if rounds.unwrap_or(0) as usize * blocks <= SHA_ROUNDS => {
                        Ok(sha_hash(is_512, rounds, params, salt, password))
                    }
                    _ => Err(Outcome::TooLong),
                }
            }
            Self::Bcrypt { cost, .. } if cost > BCRYPT_COST => Err(Outcome::TooLong),
            Self::Bcrypt { cost, salt } => bcrypt_hash(cost, salt, stored, password),
            Self::Yescrypt { ref params, ref salt, written } => {
                let mut hash = [0; 32];
                match yescrypt::yescrypt(password, salt, params, &mut hash) {
                    Ok(()) => Ok([written, b"$", &text64::encode(&hash)].concat()),
                    Err(_) => {
                        Err(Outcome::Unknown(not_checked("yescrypt with uncommon parameters")))
                    }
                }
            }
            Self::Des { written, salt, is_big: false } => Ok(des::crypt(written, salt, password)),
            Self::Des { written, salt, is_big: true } => {
                Ok(des::big_crypt(written, salt, password))
            }
            Self::ExtendedDes { rounds, .. } if rounds > DES_ROUNDS => Err(Outcome::TooLong),
            Self::ExtendedDes { written, rounds, salt } => {
                Ok(des::extended_crypt(written, rounds, salt, password))
            }
            Self::Other(name) => Err(Outcome::Unknown(not_checked(name))),
            Self::TooLarge => {
                Err(Outcome::Unknown("the hash takes too much memory or time to check".to_owned()))
            }
            Self::Refused => Err(Outcome::Refused),
        }
    }
}

fn not_checked(name: &str) -> String {
    format!("passwords are not checked against hashes of {name}")
}

fn bcrypt_hash(
    cost: u32,
    salt: [u8; 16],
    stored: &[u8],
    password: &[u8],
) -> Result<Vec<u8>, Outcome> {
    let differs = match stored[2] {
        // an early program took characters for signed numbers
        b'x' => !password.is_ascii(),
        // where that and the right way agree, crypt_blowfish makes a third hash; they agree only around a byte 0xFF
        b'a' => password.contains(&0xFF),
        _ => false,
    };
    if differs {
        return Err(Outcome::Unknown(not_checked("an early bcrypt")));
    }
    // with the byte that ends it, as far as the key goes
    let mut key = [password, &[0]].concat();
    key.truncate(72);
    let digest = bcrypt::bcrypt(cost, salt, &key);
    let (salt, digest) = (BCRYPT64.encode(salt), BCRYPT64.encode(&digest[..23]));
    Ok([&stored[..7], salt.as_bytes(), digest.as_bytes()].concat())
}

fn sha_hash(
    is_512: bool,
    rounds: Option<u32>,
    params: sha_crypt::Params,
    salt: &[u8],
    password: &[u8],
) -> Vec<u8> {
    let mut out = if is_512 { b"$6$" } else { b"$5$" }.to_vec();
    if let Some(rounds) = rounds {
        out.extend_from_slice(format!("rounds={rounds}$").as_bytes());
    }
    out.extend_from_slice(salt);
    out.push(b'$');
    // both orders of the bytes go on by one and turn the three around
    let mut three = if is_512 { [0, 21, 42] } else { [0, 10, 20] };
    if is_512 {
        let digest = sha_crypt::sha512_crypt(password, salt, params);
        for _ in 0..21 {
            push_bytes(&mut out, &digest, three);
            three = [three[1] + 1, three[2] + 1, three[0] + 1];
        }
        text64::push(&mut out, digest[63].into(), 2);
    } else {
        let digest = sha_crypt::sha256_crypt(password, salt, params);
        for _ in 0..10 {
            push_bytes(&mut out, &digest, three);
            three = [three[2] + 1, three[0] + 1, three[1] + 1];
        }
        text64::push(&mut out, u32::from(digest[31]) << 8 | u32::from(digest[30]), 3);
    }
    out
}

/// Three bytes of a digest in four characters.
fn push_bytes(out: &mut Vec<u8>, digest: &[u8], places: [usize; 3]) {
    let value = places.iter().fold(0, |value, &place| value << 8 | u32::from(digest[place]));
    text64::push(out, value, 4);
}
