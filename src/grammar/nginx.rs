//! nginx's directives: where each may stand, what it takes, and which module has it.

use super::{NamedBy, Origin, Secret, SecretPart, SecretWords, Version, compare};
use std::cmp::Ordering;

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

    /// Each place with its name in `--context`, in messages and in the documentation; [`Self::OTHER`] has none.
    pub const NAMED: [(Self, &str); 14] = [
        (Self::MAIN, "main"),
        (Self::EVENTS, "events"),
        (Self::HTTP, "http"),
        (Self::SERVER, "server"),
        (Self::LOCATION, "location"),
        (Self::IF_IN_SERVER, "if in server"),
        (Self::IF_IN_LOCATION, "if in location"),
        (Self::LIMIT_EXCEPT, "limit_except"),
        (Self::UPSTREAM, "upstream"),
        (Self::MAIL, "mail"),
        (Self::MAIL_SERVER, "server in mail"),
        (Self::STREAM, "stream"),
        (Self::STREAM_SERVER, "server in stream"),
        (Self::STREAM_UPSTREAM, "upstream in stream"),
    ];

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

impl std::fmt::Display for Contexts {
    /// "http, server and location".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<&str> = Self::NAMED
            .iter()
            .filter(|(place, _)| self.meets(*place))
            .map(|&(_, name)| name)
            .collect();
        match names.split_last() {
            None => f.write_str("a block of another module"),
            Some((last, [])) => f.write_str(last),
            Some((last, others)) => write!(f, "{} and {last}", others.join(", ")),
        }
    }
}

/// How many arguments a directive takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Args {
    /// Bit *n* is set when *n* arguments are right; the last one, 8, stands for 8 and more.
    counts: u16,
    flag: bool,
}

impl Args {
    /// Whether `count` arguments are right, the name not counted.
    #[must_use]
    pub const fn accepts(self, count: usize) -> bool {
        let bit = if count < 8 { count } else { 8 };
        self.counts >> bit & 1 == 1
    }

    /// Whether the one argument must be `on` or `off`, in any letter case.
    #[must_use]
    pub const fn is_flag(self) -> bool {
        self.flag
    }

    /// The fewest arguments that are right.
    #[must_use]
    pub const fn least(self) -> usize {
        self.counts.trailing_zeros() as usize
    }

    /// The most arguments that are right; `None` without a limit.
    #[must_use]
    pub const fn most(self) -> Option<usize> {
        if self.accepts(8) { None } else { Some(15 - self.counts.leading_zeros() as usize) }
    }
}

impl std::fmt::Display for Args {
    /// "no argument", "1 argument", "1 or 2 arguments", "at least 2 arguments", "any number of arguments".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (least, most) = (self.least(), self.most());
        let plural = |count: usize| if count == 1 { "argument" } else { "arguments" };
        match most {
            None if least == 0 => write!(f, "any number of arguments"),
            None => write!(f, "at least {least} {}", plural(least)),
            Some(0) => write!(f, "no argument"),
            Some(most) if least == most => write!(f, "{most} {}", plural(most)),
            Some(most) if !(least..=most).all(|count| self.accepts(count)) || most == least + 1 => {
                write!(f, "{least} or {most} arguments")
            }
            Some(most) => write!(f, "{least} to {most} arguments"),
        }
    }
}

/// What a directive ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Body {
    /// `;`.
    None,
    /// A block of directives, which stand in this place.
    Directives(Contexts),
    /// A block whose lines are data: `map`, `geo`, `types`.
    Entries,
    /// A block in Lua.
    Lua,
}

impl Body {
    /// Whether it is a block of any kind.
    #[must_use]
    pub const fn is_block(self) -> bool {
        !matches!(self, Self::None)
    }
}

/// What a directive is in the places where one module has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The module, as `--with-…` and the sources name it: `ngx_http_auth_basic_module`.
    pub module: &'static str,
    /// Who ships it.
    pub origin: Origin,
    /// Where it may stand.
    pub contexts: Contexts,
    /// How many arguments it takes.
    pub args: Args,
    /// What it ends in.
    pub body: Body,
    /// Whether a second one in the same block is an error: `directive is duplicate`.
    pub once: bool,
    /// No nginx before this one has it; `None` when 1.18 has it.
    pub since: Option<Version>,
    /// The first nginx without it.
    pub removed: Option<Version>,
    /// Words that no output may show.
    pub secrets: &'static [Secret],
}

/// The number of a directive, dense from 0 to [`COUNT`]: an index for arrays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(pub u16);

impl Id {
    /// The index.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The directive.
    #[must_use]
    pub fn directive(self) -> &'static Directive {
        &DIRECTIVES[self.index()]
    }
}

/// A name, and what it means in each place. `server` is a block in `http` and a line in `upstream`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Directive {
    /// Its number.
    pub id: Id,
    /// The name, letter case counts.
    pub name: &'static str,
    /// Every module's, those of nginx's own source first.
    pub usages: &'static [Usage],
    /// Every place where it may stand.
    contexts: Contexts,
    /// The numbers of arguments that every usage takes.
    always: Args,
    /// Whether some usage ends in a block, and whether some ends in `;`.
    ends_in: (bool, bool),
    /// Whether there are places in which a second one is an error.
    once: bool,
}

impl Directive {
    /// A row of the table. What asking all usages comes to is worked out once, by the compiler: rules ask it of every
    /// directive of a file.
    const fn new(id: Id, name: &'static str, usages: &'static [Usage]) -> Self {
        let mut contexts = Contexts::NONE;
        let mut always = Args { counts: u16::MAX, flag: false };
        let mut ends_in = (false, false);
        let mut once = false;
        let mut at = 0;
        while at < usages.len() {
            let usage = &usages[at];
            contexts = contexts.or(usage.contexts);
            always.counts &= usage.args.counts;
            ends_in = (ends_in.0 || usage.body.is_block(), ends_in.1 || !usage.body.is_block());
            once = once || usage.once;
            at += 1;
        }
        Self { id, name, usages, contexts, always, ends_in, once }
    }

    /// What it means where it may stand: the usages that share a place with `contexts`.
    pub fn usages_in(&self, contexts: Contexts) -> impl Iterator<Item = &'static Usage> + use<> {
        self.usages.iter().filter(move |usage| usage.contexts.meets(contexts))
    }

    /// Every place where it may stand.
    #[must_use]
    pub const fn contexts(&self) -> Contexts {
        self.contexts
    }

    /// Whether it takes `count` arguments wherever it may stand.
    #[must_use]
    pub const fn always_takes(&self, count: usize) -> bool {
        self.always.accepts(count)
    }

    /// Whether there is a place where it ends in a block (`true`) or in `;` (`false`).
    #[must_use]
    pub const fn may_end_in(&self, block: bool) -> bool {
        if block { self.ends_in.0 } else { self.ends_in.1 }
    }

    /// How many arguments it takes in `contexts`, as any usage there has it. `None` where the answer is a module's of others:
    /// it may differ between their versions.
    #[must_use]
    pub fn args_in(&self, contexts: Contexts) -> Option<Args> {
        let mut all: Option<Args> = None;
        for usage in self.usages_in(contexts) {
            if usage.origin != Origin::Core {
                return None;
            }
            let before = all.unwrap_or(Args { counts: 0, flag: true });
            all = Some(Args {
                counts: before.counts | usage.args.counts,
                flag: before.flag && usage.args.flag,
            });
        }
        all
    }

    /// Whether there are blocks in which a second one may be an error.
    #[must_use]
    pub const fn may_be_once(&self) -> bool {
        self.once
    }

    /// Whether a second one in the same block of `contexts` is an error, by every usage there.
    #[must_use]
    pub fn is_once_in(&self, contexts: Contexts) -> bool {
        if !self.once {
            return false;
        }
        let mut usages = self.usages_in(contexts).peekable();
        usages.peek().is_some() && usages.all(|usage| usage.once)
    }

    /// Whether nginx's own source has it.
    #[must_use]
    pub fn is_core(&self) -> bool {
        self.usages.iter().any(|usage| usage.origin == Origin::Core)
    }

    /// Where the directives in its block stand when it stands in `contexts` itself: [`Contexts::NONE`] when it opens no
    /// block of directives there.
    #[must_use]
    pub fn opens(&self, contexts: Contexts) -> Contexts {
        self.usages_in(contexts).fold(Contexts::NONE, |all, usage| match usage.body {
            Body::Directives(inside) => all.or(inside),
            Body::None | Body::Entries | Body::Lua => all,
        })
    }
}

include!(concat!(env!("OUT_DIR"), "/nginx.rs"));

/// How many directives there are.
pub const COUNT: usize = DIRECTIVES.len();

/// Every directive, sorted by name; [`Id`] is the index.
#[must_use]
pub fn all() -> &'static [Directive] {
    &DIRECTIVES
}

/// The directive of this name; letter case counts, as in `ngx_conf_handler`.
#[must_use]
pub fn lookup(name: &[u8]) -> Option<&'static Directive> {
    let mut slot = super::hash::hash(name, SEED) as usize;
    loop {
        let directive = DIRECTIVES.get(usize::from(SLOTS[slot % SLOTS.len()]))?;
        if directive.name.as_bytes() == name {
            return Some(directive);
        }
        slot += 1;
    }
}

/// The number of a directive, looked up by the compiler: an unknown name does not compile.
macro_rules! id {
    ($name:literal) => {
        const { $crate::grammar::nginx::number($name) }
    };
}
pub(crate) use id;

/// What [`id!`] looks up; at run time it is [`lookup`] that is fast.
pub(crate) const fn number(name: &str) -> Id {
    let (mut low, mut high) = (0, COUNT);
    while low < high {
        let middle = usize::midpoint(low, high);
        match compare(DIRECTIVES[middle].name.as_bytes(), name.as_bytes(), false) {
            Ordering::Equal => return DIRECTIVES[middle].id,
            Ordering::Less => low = middle + 1,
            Ordering::Greater => high = middle,
        }
    }
    panic!("nginx has no such directive")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_under_its_number() {
        for (index, directive) in all().iter().enumerate() {
            assert_eq!(directive.id.index(), index);
            assert_eq!(lookup(directive.name.as_bytes()), Some(directive));
            assert_eq!(number(directive.name), directive.id);
            assert_eq!(directive.id.directive(), directive);
        }
        assert!(all().is_sorted_by(|one, other| one.name < other.name));
    }

    #[test]
    fn other_names_are_not_found() {
        for name in [
            "",
            "auth_basi",
            "auth_basicc",
            "Auth_Basic",
            "AUTH_BASIC",
            "no such thing",
            "\u{feff}events",
        ] {
            assert_eq!(lookup(name.as_bytes()), None, "{name}");
        }
        assert_eq!(lookup(&[0xff; 4096]), None);
    }

    #[test]
    fn every_row_is_well_formed() {
        for directive in all() {
            assert!(!directive.usages.is_empty(), "{}", directive.name);
            for usage in directive.usages {
                let (name, module) = (directive.name, usage.module);
                assert!(!usage.contexts.is_none(), "{name} in {module}");
                assert!(usage.args.least() <= usage.args.most().unwrap_or(usize::MAX), "{name}");
                assert!(!usage.args.is_flag() || usage.args.to_string() == "1 argument", "{name}");
                assert_eq!(usage.body == Body::Lua, name.ends_with("_by_lua_block"), "{name}");
                assert!(
                    !(usage.once && usage.origin != Origin::Core),
                    "{name}: seen on nginx itself only"
                );
                assert!(usage.since.is_none_or(|since| since > (1, 18, 0)), "{name}");
                for secret in usage.secrets {
                    let in_entries =
                        matches!(secret.words, SecretWords::EntryKey | SecretWords::EntryValue);
                    assert_eq!(in_entries, usage.body == Body::Entries, "{name}");
                    if let SecretWords::Argument(at) | SecretWords::From(at) = secret.words {
                        let most = usage.args.most().unwrap_or(usize::MAX);
                        assert!((1..=most).contains(&usize::from(at)), "{name}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_name_means_what_its_place_says() {
        let server = lookup(b"server").expect("known");
        assert_eq!(server.opens(Contexts::HTTP), Contexts::SERVER);
        assert_eq!(server.opens(Contexts::STREAM), Contexts::STREAM_SERVER);
        assert_eq!(server.opens(Contexts::UPSTREAM), Contexts::NONE);
        let both = Contexts::SERVER.or(Contexts::LOCATION);
        assert_eq!(
            id!("if").directive().opens(both),
            Contexts::IF_IN_SERVER.or(Contexts::IF_IN_LOCATION)
        );
        assert_eq!(id!("location").directive().opens(Contexts::LOCATION), Contexts::LOCATION);
        assert!(!id!("auth_request").directive().contexts().meets(Contexts::IF_IN_LOCATION));
        assert!(id!("auth_basic").directive().contexts().meets(Contexts::LIMIT_EXCEPT));
        assert_eq!(id!("include").directive().contexts(), Contexts::ANY);
        let basic = id!("auth_basic").directive().usages[0];
        assert_eq!((basic.module, basic.origin), ("ngx_http_auth_basic_module", Origin::Core));
    }

    #[test]
    fn places_read_like_a_sentence() {
        assert_eq!(Contexts::LOCATION.to_string(), "location");
        assert_eq!(
            id!("allow").directive().usages[0].contexts.to_string(),
            "http, server, location and limit_except"
        );
        assert_eq!(Contexts::OTHER.to_string(), "a block of another module");
    }

    #[test]
    fn other_modules_keep_their_secrets() {
        assert_eq!(id!("auth_jwt").directive().args_in(Contexts::LOCATION), None);
        let server = id!("server").directive();
        let args = |contexts| server.args_in(contexts).map(|args| args.to_string());
        assert_eq!(args(Contexts::HTTP).as_deref(), Some("no argument"));
        assert_eq!(args(Contexts::UPSTREAM).as_deref(), Some("at least 1 argument"));
        assert_eq!(
            args(Contexts::HTTP.or(Contexts::UPSTREAM)).as_deref(),
            Some("any number of arguments")
        );
        assert_eq!(args(Contexts::LOCATION), None);
    }

    #[test]
    fn numbers_of_arguments() {
        let args = |name: &str| lookup(name.as_bytes()).expect("known").usages[0].args;
        assert_eq!(args("events").to_string(), "no argument");
        assert_eq!(args("proxy_set_header").to_string(), "2 arguments");
        assert_eq!(args("location").to_string(), "1 or 2 arguments");
        assert_eq!(args("error_page").to_string(), "at least 2 arguments");
        assert_eq!(args("add_header").to_string(), "2 or 3 arguments");
        assert_eq!(args("expires").to_string(), "1 or 2 arguments");
        assert_eq!(args("proxy_cookie_flags").to_string(), "1 to 4 arguments");
        assert_eq!(args("echo").to_string(), "any number of arguments");
        let many = args("access_log");
        assert!(!many.accepts(0) && many.accepts(1) && many.accepts(8) && many.accepts(100));
        assert!(args("sendfile").is_flag());
    }
}
