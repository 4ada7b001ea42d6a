//! The ways to store a password: what a field looks like, and which server on which system can check it.

use crate::syntax::Language;

/// One way to store a password.
#[derive(Debug, PartialEq, Eq)]
pub struct Scheme {
    /// Its name in messages; schemes that differ in their prefix alone share one.
    pub name: &'static str,
    /// What a field starts with; empty for DES crypt, which has no mark.
    pub prefix: &'static str,
    /// What follows the prefix.
    pub parts: &'static [Part],
    /// Whether the parts follow each other without `$` between them.
    pub joined: bool,
    /// Who checks it for nginx.
    pub nginx: Checker,
    /// Who checks it for httpd.
    pub apache: Checker,
    /// Whether `crypt()` of glibc systems, libxcrypt, knows it.
    pub glibc: bool,
    /// Whether musl's `crypt()` knows it.
    pub musl: bool,
    /// How much it protects the password when the file leaks.
    pub strength: Strength,
}

/// A part of a stored password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it begins with when it is there; empty for a part that must be there.
    pub optional: &'static str,
    /// Its characters.
    pub class: Class,
    /// Its shortest length in bytes.
    pub least: u32,
    /// Its greatest length in bytes.
    pub most: u32,
}

/// A set of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// `.`, `/`, digits and letters.
    Crypt,
    /// The ones of [`Class::Crypt`] whose lower two bits are zero.
    Last,
    /// Printable, none of `$ : ; * ! \`.
    Salt,
    /// Decimal digits.
    Digit,
    /// Hexadecimal digits in lower case.
    Hex,
    /// Base64 with its padding.
    Base64,
    /// Any byte.
    Any,
}

/// Who checks a password of some scheme for a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checker {
    /// The server itself, on every platform.
    Own,
    /// `crypt()` of the C library, where that knows the scheme.
    Crypt,
    /// Nobody.
    No,
}

/// How much a scheme protects passwords when their file leaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Slow to guess.
    Strong,
    /// Salted, but fast to guess.
    Weak,
    /// Unsalted, or only eight characters count.
    Broken,
    /// The password itself.
    Clear,
}

/// A hash of other programs that neither server knows.
#[derive(Debug, PartialEq, Eq)]
pub struct Foreign {
    /// Its name in messages.
    pub name: &'static str,
    /// What it starts with, in any letter case.
    pub prefix: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/hashes.rs"));

impl Scheme {
    /// Who checks it for `server`.
    #[must_use]
    pub fn checker(&self, server: Language) -> Checker {
        match server {
            Language::Nginx => self.nginx,
            Language::Apache => self.apache,
        }
    }
}
