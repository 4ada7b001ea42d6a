//! httpd's directives: where each may stand, what it takes, which AllowOverride class lets it into .htaccess.

use super::{NamedBy, Origin, Secret, SecretPart, SecretWords, Version, compare};
use std::cmp::Ordering;

/// A set of the places outside .htaccess in which directives can stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Places(pub u8);

impl Places {
    /// The top level of the server's configuration.
    pub const SERVER: Self = Self(1);
    /// `<VirtualHost>`.
    pub const VHOST: Self = Self(2);
    /// `<Directory>`, `<Location>`, `<Files>`, `<If>`, `<Proxy>` and their like: per-directory configuration.
    pub const DIRECTORY: Self = Self(4);
    /// `<Proxy>` and `<ProxyMatch>`, which hold more than other sections do: they are [`Self::DIRECTORY`] as well.
    pub const PROXY: Self = Self(8);

    /// Whether the two share a place.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// What either set holds.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A set of AllowOverride classes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Overrides(pub u8);

impl Overrides {
    /// `AllowOverride None`; a directive without a class cannot stand in .htaccess.
    pub const NONE: Self = Self(0);
    /// `AllowOverride AuthConfig`.
    pub const AUTH_CONFIG: Self = Self(1);
    /// `AllowOverride FileInfo`.
    pub const FILE_INFO: Self = Self(2);
    /// `AllowOverride Indexes`.
    pub const INDEXES: Self = Self(4);
    /// `AllowOverride Limit`.
    pub const LIMIT: Self = Self(8);
    /// `AllowOverride Options`.
    pub const OPTIONS: Self = Self(16);
    /// `AllowOverride All`.
    pub const ALL: Self = Self(31);

    /// Each class with its name as AllowOverride takes it, in any letter case.
    pub const NAMED: [(Self, &str); 5] = [
        (Self::AUTH_CONFIG, "AuthConfig"),
        (Self::FILE_INFO, "FileInfo"),
        (Self::INDEXES, "Indexes"),
        (Self::LIMIT, "Limit"),
        (Self::OPTIONS, "Options"),
    ];

    /// Whether the two share a class.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// What either set holds.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// How httpd reads the arguments of a directive, as `invoke_cmd` tells the ways apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Args {
    /// `TAKE1` … `TAKE123`, `NO_ARGS`: as many arguments as a set bit says, bit 0 for none.
    Count(u8),
    /// `FLAG`: On or Off, in any letter case; httpd does not look at what follows.
    Flag,
    /// `ITERATE`: one or more, each handled by itself.
    Iterate,
    /// `ITERATE2`: two or more; the first goes with each of the others.
    Iterate2,
    /// `TAKE_ARGV`: the module counts them.
    Argv,
    /// `RAW_ARGS`: the module reads the rest of the line itself.
    Raw,
    /// Nobody has looked: a module for another system, or one that is not released.
    Unknown,
}

impl Args {
    /// Whether httpd itself lets `count` arguments through to the module.
    #[must_use]
    pub const fn accepts(self, count: usize) -> bool {
        match self {
            Self::Count(bits) => count < 8 && bits >> count & 1 == 1,
            Self::Flag | Self::Iterate => count >= 1,
            Self::Iterate2 => count >= 2,
            Self::Argv | Self::Raw | Self::Unknown => true,
        }
    }

    /// The fewest arguments that httpd itself lets through; none of them may be empty.
    #[must_use]
    pub const fn least(self) -> usize {
        match self {
            Self::Count(bits) => bits.trailing_zeros() as usize,
            Self::Flag | Self::Iterate => 1,
            Self::Iterate2 => 2,
            Self::Argv | Self::Raw | Self::Unknown => 0,
        }
    }
}

impl std::fmt::Display for Args {
    /// "1 argument", "1 or 2 arguments", "at least 2 arguments".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match *self {
            Self::Count(bits) => {
                let counts: Vec<String> = (0..8)
                    .filter(|count| bits >> count & 1 == 1)
                    .map(|count: u8| count.to_string())
                    .collect();
                let plural = if bits == 2 { "argument" } else { "arguments" };
                match counts.split_last() {
                    Some((last, others)) if !others.is_empty() => {
                        write!(f, "{} or {last} {plural}", others.join(", "))
                    }
                    _ => write!(f, "{} {plural}", counts.concat()),
                }
            }
            Self::Flag => f.write_str("On or Off"),
            Self::Iterate => f.write_str("at least 1 argument"),
            Self::Iterate2 => f.write_str("at least 2 arguments"),
            Self::Argv | Self::Raw | Self::Unknown => f.write_str("any number of arguments"),
        }
    }
}

/// What a directive is in the module that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    /// The module's identifier, as in LoadModule: `auth_basic_module`. See [`super::apache_modules`] for its other names.
    pub module: &'static str,
    /// Who ships it.
    pub origin: Origin,
    /// Where it may stand outside .htaccess.
    pub places: Places,
    /// The classes any of which lets it into .htaccess.
    pub overrides: Overrides,
    /// How its arguments are read.
    pub args: Args,
    /// No httpd before this one has it; `None` when 2.4.0 has it.
    pub since: Option<Version>,
    /// The first httpd without it.
    pub removed: Option<Version>,
    /// Words that no output may show.
    pub secrets: &'static [Secret],
}

/// The number of a directive or section, dense from 0 to [`COUNT`]: an index for arrays.
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

/// A directive or section, and what it means in each module that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Directive {
    /// Its number.
    pub id: Id,
    /// The name as the documentation writes it; a section's without brackets.
    pub name: &'static str,
    /// Whether it is a section, `<Name …>`.
    pub section: bool,
    /// Every module's, those of httpd's own source first.
    pub usages: &'static [Usage],
}

impl Directive {
    /// Every place outside .htaccess where it may stand.
    #[must_use]
    pub fn places(&self) -> Places {
        Places(self.usages.iter().fold(0, |all, usage| all | usage.places.0))
    }

    /// The classes any of which lets it into .htaccess.
    #[must_use]
    pub fn overrides(&self) -> Overrides {
        self.usages.iter().fold(Overrides::NONE, |all, usage| all.or(usage.overrides))
    }

    /// Whether httpd's own source has it.
    #[must_use]
    pub fn is_core(&self) -> bool {
        self.usages.iter().any(|usage| usage.origin == Origin::Core && usage.removed.is_none())
    }

    /// The first httpd in which no module has it any more.
    #[must_use]
    pub fn removed(&self) -> Option<Version> {
        self.usages.iter().map(|usage| usage.removed).min().flatten()
    }
}

include!(concat!(env!("OUT_DIR"), "/apache.rs"));

/// How many directives and sections there are.
pub const COUNT: usize = DIRECTIVES.len();

/// Every directive and section, sorted by name without regard to letter case, a directive before the section of the same
/// name; [`Id`] is the index.
#[must_use]
pub fn all() -> &'static [Directive] {
    &DIRECTIVES
}

/// The directive of this name in any letter case, as `ap_find_command` compares them.
#[must_use]
pub fn lookup(name: &[u8]) -> Option<&'static Directive> {
    find(name, false)
}

/// The section of this name in any letter case, without brackets: `Directory`.
#[must_use]
pub fn lookup_section(name: &[u8]) -> Option<&'static Directive> {
    find(name, true)
}

fn find(name: &[u8], section: bool) -> Option<&'static Directive> {
    let mut slot = super::hash::hash(name, SEED) as usize;
    loop {
        let directive = DIRECTIVES.get(usize::from(SLOTS[slot % SLOTS.len()]))?;
        let known = directive.name.as_bytes();
        // mostly it is written as the documentation has it
        if directive.section == section && (known == name || known.eq_ignore_ascii_case(name)) {
            return Some(directive);
        }
        slot += 1;
    }
}

/// The number of a directive, for constants: an unknown name does not compile.
///
/// # Panics
/// When there is no such directive.
#[must_use]
pub const fn id(name: &str) -> Id {
    number(name, false)
}

/// The number of a section, for constants, its name without brackets: an unknown name does not compile.
///
/// # Panics
/// When there is no such section.
#[must_use]
pub const fn section_id(name: &str) -> Id {
    number(name, true)
}

const fn number(name: &str, section: bool) -> Id {
    let (mut low, mut high) = (0, COUNT);
    while low < high {
        let middle = usize::midpoint(low, high);
        let directive = &DIRECTIVES[middle];
        let order = match compare(directive.name.as_bytes(), name.as_bytes(), true) {
            Ordering::Equal if directive.section == section => return directive.id,
            Ordering::Equal if section => Ordering::Less,
            Ordering::Equal => Ordering::Greater,
            order => order,
        };
        match order {
            Ordering::Less => low = middle + 1,
            _ => high = middle,
        }
    }
    panic!("httpd has no such directive")
}

#[cfg(test)]
mod tests {
    use super::super::apache_modules;
    use super::*;

    #[test]
    fn every_name_is_found_under_its_number_in_any_letter_case() {
        for (index, directive) in all().iter().enumerate() {
            assert_eq!(directive.id.index(), index);
            for name in [
                directive.name.to_owned(),
                directive.name.to_lowercase(),
                directive.name.to_uppercase(),
            ] {
                if directive.section {
                    assert_eq!(lookup_section(name.as_bytes()), Some(directive));
                    assert_eq!(section_id(&name), directive.id);
                } else {
                    assert_eq!(lookup(name.as_bytes()), Some(directive));
                    assert_eq!(id(&name), directive.id);
                }
            }
        }
    }

    #[test]
    fn sections_and_directives_are_apart() {
        assert_eq!(lookup(b"Directory"), None);
        assert_eq!(lookup(b"<Directory"), None);
        assert_eq!(lookup_section(b"AuthName"), None);
        assert!(lookup_section(b"directory").is_some_and(|section| section.section));
        assert_ne!(lookup(b"MDomain"), lookup_section(b"MDomain"));
        for name in [&b""[..], b"AuthNam", b"AuthNames", &[0xff; 4096]] {
            assert_eq!(lookup(name), None);
        }
    }

    #[test]
    fn every_row_is_well_formed() {
        for directive in all() {
            let name = directive.name;
            assert!(!directive.usages.is_empty(), "{name}");
            assert!(!name.contains(['<', '>', ' ']), "{name}");
            for usage in directive.usages {
                let module = apache_modules::by_identifier(usage.module.as_bytes());
                assert_eq!(
                    module.map(|module| module.origin),
                    Some(usage.origin),
                    "{name} of {}",
                    usage.module
                );
                assert!(usage.places.0 != 0, "{name}");
                if usage.overrides != Overrides::NONE {
                    assert!(
                        usage.places.meets(Places::DIRECTORY),
                        "{name}: .htaccess is per directory"
                    );
                }
                assert!(usage.since.is_none_or(|since| since > (2, 4, 0)), "{name}");
            }
        }
    }

    #[test]
    fn classes_and_places() {
        let auth_type = id("AuthType").directive();
        assert_eq!(
            (auth_type.overrides(), auth_type.places()),
            (Overrides::AUTH_CONFIG, Places::DIRECTORY)
        );
        assert_eq!(id("Require").directive().usages[0].args, Args::Raw);
        assert_eq!(id("Order").directive().overrides(), Overrides::LIMIT);
        assert_eq!(id("Listen").directive().overrides(), Overrides::NONE);
        assert_eq!(section_id("IfModule").directive().overrides(), Overrides::ALL);
        assert!(id("RewriteRule").directive().places().meets(Places::VHOST));
    }

    #[test]
    fn numbers_of_arguments() {
        let args = |name: &str| lookup(name.as_bytes()).expect("known").usages[0].args;
        assert!(
            args("AuthName").accepts(1)
                && !args("AuthName").accepts(2)
                && !args("AuthName").accepts(0)
        );
        assert!(args("AuthBasicProvider").accepts(3) && !args("AuthBasicProvider").accepts(0));
        assert!(args("Allow").accepts(2) && !args("Allow").accepts(1));
        assert_eq!(args("RewriteEngine"), Args::Flag);
        assert!(args("Require").accepts(0));
        assert_eq!(args("AuthName").to_string(), "1 argument");
        assert_eq!(args("Redirect").to_string(), "1, 2 or 3 arguments");
        assert_eq!(args("Allow").to_string(), "at least 2 arguments");
    }
}
