//! Methods as httpd numbers them: `<Limit>` and `<LimitExcept>` are masks of these numbers, and HEAD shares that of GET.

use std::collections::HashMap;

/// The number of every method that httpd does not know (`M_INVALID`).
pub(super) const INVALID: u8 = 26;

/// Numbers that a mask has room for (`METHODS_MAX`).
const MOST: u8 = 63;

/// The methods of `http_protocol.c`, by number.
const KNOWN: [&[u8]; 26] = [
    b"GET",
    b"PUT",
    b"POST",
    b"DELETE",
    b"CONNECT",
    b"OPTIONS",
    b"TRACE",
    b"PATCH",
    b"PROPFIND",
    b"PROPPATCH",
    b"MKCOL",
    b"COPY",
    b"MOVE",
    b"LOCK",
    b"UNLOCK",
    b"VERSION-CONTROL",
    b"CHECKOUT",
    b"UNCHECKOUT",
    b"CHECKIN",
    b"UPDATE",
    b"LABEL",
    b"REPORT",
    b"MKWORKSPACE",
    b"MKACTIVITY",
    b"BASELINE-CONTROL",
    b"MERGE",
];

/// A set of methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Methods(u64);

impl Methods {
    /// Every method.
    pub const ALL: Self = Self(u64::MAX);
    /// None.
    pub const NONE: Self = Self(0);

    /// Whether the method of this number is in it.
    #[must_use]
    pub fn has(self, number: u8) -> bool {
        self.0 >> number & 1 == 1
    }

    /// What is in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn not(self) -> Self {
        Self(!self.0)
    }
}

/// The names that have a number: httpd's own, and those that `<Limit>` in the server's configuration registers.
#[derive(Debug, Default)]
pub(super) struct Registry {
    more: HashMap<Vec<u8>, u8>,
}

impl Registry {
    /// The number of `method`; names are case-sensitive.
    pub(super) fn number(&self, method: &[u8]) -> u8 {
        if method == b"HEAD" {
            return 0;
        }
        let own = KNOWN.iter().position(|known| *known == method).map(|at| at as u8);
        own.or_else(|| self.more.get(method).copied()).unwrap_or(INVALID)
    }

    /// Registers what a `<Limit>` of the server's configuration names.
    fn register(&mut self, method: &[u8]) {
        if self.number(method) == INVALID {
            let number = INVALID + 1 + self.more.len() as u8;
            if number < MOST {
                self.more.insert(method.to_vec(), number);
            }
        }
    }

    /// The methods that `<Limit>` or, with `except`, `<LimitExcept>` names. In .htaccess nothing is registered.
    pub(super) fn mask<'m>(
        &mut self,
        names: impl Iterator<Item = std::borrow::Cow<'m, [u8]>>,
        except: bool,
        in_htaccess: bool,
    ) -> Methods {
        let mut mask = Methods::NONE;
        for name in names {
            if !in_htaccess {
                self.register(&name);
            }
            mask = mask.or(Methods(1 << self.number(&name)));
        }
        if except { mask.not() } else { mask }
    }
}
