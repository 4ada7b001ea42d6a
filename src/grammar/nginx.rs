//! nginx's directives: where each may stand, what it takes, and which module has it.

/// A set of the places in which directives can stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Contexts(pub u32);

impl Contexts {
    /// No place at all.
    pub const NONE: Self = Self(0);
    /// The top of nginx.conf.
    pub const MAIN: Self = Self(1);
    /// `events { }`.
    pub const EVENTS: Self = Self(1 << 1);
    /// `http { }`.
    pub const HTTP: Self = Self(1 << 2);
    /// `server { }` in `http`.
    pub const SERVER: Self = Self(1 << 3);
    /// `location { }`.
    pub const LOCATION: Self = Self(1 << 4);
    /// `if { }` in `server`.
    pub const IF_IN_SERVER: Self = Self(1 << 5);
    /// `if { }` in `location`.
    pub const IF_IN_LOCATION: Self = Self(1 << 6);
    /// `limit_except { }`.
    pub const LIMIT_EXCEPT: Self = Self(1 << 7);
    /// `upstream { }` in `http`.
    pub const UPSTREAM: Self = Self(1 << 8);
    /// `mail { }`.
    pub const MAIL: Self = Self(1 << 9);
    /// `server { }` in `mail`.
    pub const MAIL_SERVER: Self = Self(1 << 10);
    /// `stream { }`.
    pub const STREAM: Self = Self(1 << 11);
    /// `server { }` in `stream`.
    pub const STREAM_SERVER: Self = Self(1 << 12);
    /// `upstream { }` in `stream`.
    pub const STREAM_UPSTREAM: Self = Self(1 << 13);
    /// A block of a third-party or commercial module whose directives are that module's own.
    pub const OTHER: Self = Self(1 << 14);
    /// Everything: nothing is known of the place.
    pub const ANY: Self = Self((1 << 15) - 1);

    /// What both sets share.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What either set holds.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the two share a place.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether it is empty.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }
}
/// Stands in until the tables are there: the real lookup replaces everything from here on.
#[derive(Clone, Copy, Debug)]
pub struct Id(pub u16);
impl Id {
    /// x
    pub fn directive(self) -> &'static Directive {
        &D
    }
}
static D: Directive = Directive { id: Id(0), name: "" };
/// x
#[derive(Debug)]
pub struct Directive {
    /// x
    pub id: Id,
    /// x
    pub name: &'static str,
}
impl Directive {
    /// x
    pub fn contexts(&self) -> Contexts {
        Contexts::ANY
    }
}
/// x
pub const COUNT: usize = 0;
/// x
pub fn lookup(_: &[u8]) -> Option<&'static Directive> {
    None
}
