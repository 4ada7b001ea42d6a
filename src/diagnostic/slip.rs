//! A directive's name that somebody mistyped, as opposed to one of a module that nobody here knows.
//!
//! Names are made of words, `ssl_certificate_key` or `SSLCipherSuite`, and the first of them mostly says whose they are. A finger
//! slips in one word; a name with another word in its place, `NSSCipherSuite`, is somebody else's.

use super::suggest::{distance, nearest, rank};

/// A name and what it is a slip for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// The name that was meant.
    pub meant: &'static str,
    change: Option<Change>,
}

/// The word in which the two differ, in small letters.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Change {
    written: Vec<u8>,
    meant: Vec<u8>,
    /// It is the first one.
    first: bool,
}

/// A word of up to so many letters is as likely to be another word as a slip.
const SHORT: usize = 4;

impl Slip {
    /// The candidate that `name` is a slip for; `None` where a stranger's name may be meant.
    ///
    /// The difference lies in one word: one edit in words of three to five letters, two in longer ones, in a word of
    /// capitals only another order or a doubled letter; or only in the signs between words, or in letter case. Digits are
    /// as they were: `H3Direct` is no slip for `H2Direct`.
    pub fn find(name: &[u8], candidates: impl IntoIterator<Item = &'static str>) -> Option<Self> {
        if name.len() < 3 {
            return None;
        }
        let name = name.to_ascii_lowercase();
        let fits = |known: &&'static str| {
            known.len().abs_diff(name.len()) <= 2
                && same_digits(&name, known.as_bytes())
                && change(&name, known).is_some()
        };
        let meant = nearest(&name, 2, candidates.into_iter().filter(fits), rank)?;
        Some(Self { meant, change: change(&name, meant)? })
    }

    /// Whether `other`, another unknown name of the same configuration, shows that this is no slip: it begins with the same
    /// strange word, or differs from what it would be a slip for, `its`, by the same change.
    ///
    /// Two letters that changed places are a slip however often they are copied, and so is a long word after the first.
    pub fn is_family_of(&self, other: &[u8], its: Option<&Self>) -> bool {
        let Some(change) = self.change.as_ref().filter(|change| !change.is_swap()) else {
            return false;
        };
        let others = its.and_then(|its| its.change.as_ref());
        let same =
            others.is_some_and(|its| its.written == change.written && its.meant == change.meant);
        if change.first {
            same || first_word(other).eq_ignore_ascii_case(&change.written)
        } else {
            same && change.meant.len() <= SHORT + 1
        }
    }
}

impl Change {
    fn is_swap(&self) -> bool {
        let (a, b) = (&self.written, &self.meant);
        let Some(at) = a.iter().zip(b).position(|(x, y)| x != y) else { return false };
        a.len() == b.len()
            && a.get(at + 1) == b.get(at)
            && a.get(at) == b.get(at + 1)
            && a.get(at + 2..) == b.get(at + 2..)
    }

    /// The same letters, but for how often one follows itself.
    fn is_doubling(&self) -> bool {
        let single = |word: &[u8]| {
            let mut word = word.to_vec();
            word.dedup();
            word
        };
        single(&self.written) == single(&self.meant)
    }
}

/// Where `name`, in small letters, differs from `known`: `Some(None)` is in no word, `None` is too much for a slip.
#[expect(clippy::option_option, reason = "a slip that changes no word is still one")]
fn change(name: &[u8], known: &str) -> Option<Option<Change>> {
    let words = words(known.as_bytes());
    let capitals = known.as_bytes();
    let known = known.to_ascii_lowercase().into_bytes();
    let before = name.iter().zip(&known).take_while(|(x, y)| x == y).count();
    let room = name.len().min(known.len()) - before;
    let after =
        name.iter().rev().zip(known.iter().rev()).take_while(|(x, y)| x == y).take(room).count();
    let (from, to) = (before, known.len() - after);
    let (written, meant) = (&name[from..name.len() - after], &known[from..to]);
    let letters = |part: &[u8]| part.iter().copied().filter(|&byte| !is_separator(byte)).collect();
    let (one, other): (Vec<u8>, Vec<u8>) = (letters(written), letters(meant));
    if one == other {
        return Some(None);
    }
    let index = words.iter().position(|&(start, end)| start <= from && to <= end)?;
    let (start, end) = words[index];
    let is_acronym = capitals[start..end].iter().all(u8::is_ascii_uppercase);
    let change = Change {
        written: name[start..name.len() - (known.len() - end)].to_vec(),
        meant: known[start..end].to_vec(),
        first: index == 0,
    };
    let limit = match end - start {
        ..3 => return None,
        3..=5 => 1,
        _ => 2,
    };
    distance(written, meant, limit)?;
    // `DBD` is not `DBM`: of capitals others are another name, unless they are the same ones
    if is_acronym && !change.is_swap() && !change.is_doubling() {
        return None;
    }
    // `bzip_types` is not `gzip_types`, and `JkOptions` is not `Options`
    let another_start = change.first
        && change.meant.len() <= SHORT
        && change.written.first() != change.meant.first()
        && !change.is_swap();
    let in_front = from == 0 && meant.is_empty() && name.first() != known.first();
    (!another_start && !in_front).then_some(Some(change))
}

/// The words of a name as ranges: they end at `_`, before a capital letter that follows a small one or a digit, and before the
/// last of several capitals when a small letter follows it.
fn words(name: &[u8]) -> Vec<(usize, usize)> {
    let mut words = Vec::new();
    let mut start = 0;
    for at in 0..=name.len() {
        let ends = match name.get(at) {
            None => true,
            Some(&byte) if is_separator(byte) => true,
            Some(byte) => {
                at > start
                    && byte.is_ascii_uppercase()
                    && (!name[at - 1].is_ascii_uppercase()
                        || name.get(at + 1).is_some_and(u8::is_ascii_lowercase))
            }
        };
        if ends {
            if at > start {
                words.push((start, at));
            }
            start = if name.get(at).is_some_and(|&byte| is_separator(byte)) { at + 1 } else { at };
        }
    }
    words
}

fn first_word(name: &[u8]) -> &[u8] {
    words(name).first().map_or(&[], |&(start, end)| &name[start..end])
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b'_' | b'-')
}

fn same_digits(one: &[u8], other: &[u8]) -> bool {
    let digits = |byte: &&u8| byte.is_ascii_digit();
    one.iter().filter(digits).eq(other.iter().filter(digits))
}

#[cfg(test)]
mod tests {
    use super::{Slip, words};

    const NAMES: [&str; 24] = [
        "auth_basic",
        "auth_basic_user_file",
        "deny",
        "gzip",
        "gzip_types",
        "grpc_pass",
        "ssl_certificate",
        "ssl_certificate_key",
        "ssl_protocols",
        "proxy_pass",
        "proxy_set_header",
        "AuthName",
        "AuthType",
        "AuthUserFile",
        "AuthDBMType",
        "AuthDBMUserFile",
        "H2Direct",
        "MDomain",
        "Require",
        "SSLCertificateFile",
        "SSLCipherSuite",
        "SSLEngine",
        "SSLFIPS",
        "SSLProtocol",
    ];

    fn meant(name: &str) -> Option<&'static str> {
        Slip::find(name.as_bytes(), NAMES).map(|slip| slip.meant)
    }

    /// The names that stay slips when all stand in one configuration.
    fn slips<'n>(names: &[&'n str]) -> Vec<&'n str> {
        let all: Vec<_> =
            names.iter().map(|name| (*name, Slip::find(name.as_bytes(), NAMES))).collect();
        let stays = |(name, slip): &&(&str, Option<Slip>)| {
            slip.as_ref().is_some_and(|slip| {
                all.iter()
                    .filter(|(other, _)| other != name)
                    .all(|(other, its)| !slip.is_family_of(other.as_bytes(), its.as_ref()))
            })
        };
        all.iter().filter(stays).map(|(name, _)| *name).collect()
    }

    #[test]
    fn a_slip_is_in_one_word() {
        for (written, name) in [
            ("auth_baisc", "auth_basic"),
            ("uath_basic", "auth_basic"),
            ("authbasic", "auth_basic"),
            ("auth-basic", "auth_basic"),
            ("proxy-set-header", "proxy_set_header"),
            ("AUTH_BASIC", "auth_basic"),
            ("auth_basic_userfile", "auth_basic_user_file"),
            ("dney", "deny"),
            ("ssl_certifcate", "ssl_certificate"),
            ("roxy_pass", "proxy_pass"),
            ("AuthNmae", "AuthName"),
            ("AutName", "AuthName"),
            ("authtypes", "AuthType"),
            ("AuthUserFiel", "AuthUserFile"),
            ("SLSEngine", "SSLEngine"),
            ("SLEngine", "SSLEngine"),
            ("SSSLEngine", "SSLEngine"),
            ("SSLCertifcateFile", "SSLCertificateFile"),
            ("Reqiure", "Require"),
        ] {
            assert_eq!(meant(written), Some(name), "{written}");
        }
    }

    #[test]
    fn another_word_is_a_strangers_name() {
        for written in [
            "NSSEngine",
            "NSSCipherSuite",
            "TLSEngine",
            "GSSProtocol",
            "XSLEngine",
            "bzip_types",
            "trpc_pass",
            "MXDomain",
            "NDomain",
            "bzip",
            "NSSFIPS",
            "SSXEngine",
            "AuthDBType",
            "AuthDBDUserFile",
            "JkRequire",
            "oauth_basic",
            "fproxy_pass",
            "H3Direct",
            "auht_baisc",
            "auth_basic_file",
            "proxy_past",
            "",
            "ab",
        ] {
            let expected = if written == "proxy_past" { Some("proxy_pass") } else { None };
            assert_eq!(meant(written), expected, "{written}");
        }
    }

    #[test]
    fn names_of_one_family_are_a_modules() {
        // each alone would be a slip
        for family in [
            &["praxy_pass", "praxy_set_header"][..],
            &["ajth_basic", "ajth_server"],
            &["Requare", "RequareGroup"],
            &["AuthxName", "AuthxUserFile"],
            &["Authx_Thing", "AuthxUserFile"],
        ] {
            assert_eq!(slips(family), [""; 0], "{family:?}");
        }
        for copied in [
            &["ssl_certifcate", "ssl_certifcate_key"][..],
            &["auht_basic", "auht_basic_user_file"],
            &["auth-basic", "proxy-set-header"],
            &["proxi_pass", "auth_basci"],
            &["AuthNmae", "AuthTpye"],
        ] {
            assert_eq!(slips(copied), copied, "{copied:?}");
        }
    }

    #[test]
    fn words_of_names() {
        for (name, expected) in [
            ("ssl_certificate_key", &["ssl", "certificate", "key"][..]),
            ("SSLCipherSuite", &["SSL", "Cipher", "Suite"]),
            ("AuthLDAPURL", &["Auth", "LDAPURL"]),
            ("H2Direct", &["H2", "Direct"]),
            ("MDomain", &["M", "Domain"]),
            ("require", &["require"]),
            ("__a", &["a"]),
            ("", &[]),
        ] {
            let found: Vec<_> =
                words(name.as_bytes()).into_iter().map(|(start, end)| &name[start..end]).collect();
            assert_eq!(found, expected);
        }
    }
}
