//! AllowOverride: what a .htaccess file may say.

use crate::grammar::apache::{Directive as Known, Overrides};

/// The value of AllowOverride together with AllowOverrideList, as `set_override` and `set_override_list` make it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AllowOverride {
    /// Whether an AllowOverride sets it. Where none does, httpd 2.4 still reads the file and allows nothing in it: only an
    /// explicit `None` keeps httpd from looking (`OR_UNSET` in `ap_directory_walk`).
    pub is_set: bool,
    /// The classes.
    pub classes: Overrides,
    /// The only options that `Options=…` lets `Options` set; `None` for any.
    pub options: Option<Vec<Vec<u8>>>,
    /// `Nonfatal=Override` or `Nonfatal=All`: directives of other classes are dropped with a warning.
    pub nonfatal_override: bool,
    /// `Nonfatal=Unknown` or `Nonfatal=All`: unknown directives are dropped with a warning.
    pub nonfatal_unknown: bool,
    /// `AllowOverrideList`: directives that are allowed whatever the class.
    pub list: Vec<Vec<u8>>,
}

impl AllowOverride {
    /// Whether httpd does not look for the file: nothing is allowed, and nothing else is said of what is not.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.is_set
            && self.classes == Overrides::NONE
            && self.list.is_empty()
            && !self.nonfatal_override
            && !self.nonfatal_unknown
    }

    /// Whether a directive may stand in the file.
    #[must_use]
    pub fn allows(&self, known: &Known) -> bool {
        let mut listed = self.list.iter();
        self.classes.meets(known.overrides())
            || listed.any(|name| name.eq_ignore_ascii_case(known.name.as_bytes()))
    }

    /// Whether httpd drops a directive, because it is not allowed and that is no error.
    #[must_use]
    pub fn drops(&self, known: &Known) -> bool {
        self.nonfatal_override && !self.allows(known)
    }

    /// Takes in the words of one AllowOverride, left to right: `All` and `None` set everything anew.
    pub fn set(&mut self, words: &[Vec<u8>]) {
        let list = std::mem::take(&mut self.list);
        *self = Self { is_set: true, list, ..Self::default() };
        for word in words {
            let (name, value) = match memchr::memchr(b'=', word) {
                Some(at) => (&word[..at], Some(&word[at + 1..])),
                None => (&word[..], None),
            };
            let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
            if is("All") || is("None") {
                let list = std::mem::take(&mut self.list);
                let classes = if is("All") { Overrides::ALL } else { Overrides::NONE };
                *self = Self { is_set: true, classes, list, ..Self::default() };
            } else if is("Nonfatal") {
                let is =
                    |known: &[u8]| value.is_some_and(|value| value.eq_ignore_ascii_case(known));
                self.nonfatal_override |= is(b"Override") || is(b"All");
                self.nonfatal_unknown |= is(b"Unknown") || is(b"All");
            } else if let Some((class, _)) = Overrides::NAMED.iter().find(|(_, known)| is(known)) {
                self.classes = self.classes.or(*class);
                if *class == Overrides::OPTIONS {
                    self.options = value.map(|value| {
                        value.split(|&byte| byte == b',').map(<[u8]>::to_vec).collect()
                    });
                }
            }
        }
    }
}
