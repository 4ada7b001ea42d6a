//! What is read under which condition: `<IfModule>`, `<IfDefine>`, `<IfVersion>` and their like are decided while httpd
//! reads, by what stands above them. Where that is not known, the answer is an atom with a name, so that `<IfModule x>`
//! and `<IfModule !x>` never hold both.

use crate::grammar::apache_modules::{self, by_name};
use std::collections::HashMap;
use std::fmt;

/// The index of an atom among those of its site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AtomId(pub u32);

/// Something that a condition depends on and that the files do not tell.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Atom {
    /// What is asked.
    pub kind: AtomKind,
    /// What is asked about: a module, a name, a version, a path.
    pub name: String,
    /// Counts the times that the answer may have changed on the way.
    round: u32,
}

/// What an atom asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AtomKind {
    /// Whether a module is loaded.
    Module,
    /// Whether a name is defined.
    Define,
    /// Whether httpd's version is such.
    Version,
    /// Whether a file exists.
    File,
    /// Whether a loaded module has a directive or section.
    Directive,
    /// What a variable or a template makes of a condition's argument.
    Argument,
}

/// For people: "whether mod_headers.c is loaded".
impl fmt::Display for Atom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match self.kind {
            AtomKind::Module => write!(f, "whether {name} is loaded"),
            AtomKind::Define => write!(f, "whether {name} is defined"),
            AtomKind::Version => write!(f, "whether httpd's version is {name}"),
            AtomKind::File => write!(f, "whether {name} exists"),
            AtomKind::Directive => write!(f, "whether a loaded module has {name}"),
            AtomKind::Argument => write!(f, "what the condition's argument is"),
        }
    }
}

/// An atom, or its opposite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Literal {
    /// The atom.
    pub atom: AtomId,
    /// Whether it must hold, or must not.
    pub holds: bool,
}

/// What is known of one conditional section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// httpd reads it.
    Yes,
    /// httpd skips it.
    No,
    /// httpd reads it when this is so.
    If(Literal),
}

impl Truth {
    fn from(known: bool) -> Self {
        if known { Self::Yes } else { Self::No }
    }

    fn negated_if(self, negated: bool) -> Self {
        match self {
            Self::Yes if negated => Self::No,
            Self::No if negated => Self::Yes,
            Self::If(literal) => Self::If(Literal { holds: literal.holds != negated, ..literal }),
            same => same,
        }
    }
}

/// Whether httpd reads a directive, by all conditional sections around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It does when all of these are so. Not empty, and free of contradictions.
    Unknown(Vec<Literal>),
}

impl Condition {
    /// All of `truths` together.
    pub(super) fn all(truths: impl Iterator<Item = Truth>) -> Self {
        let mut literals: Vec<Literal> = Vec::new();
        for truth in truths {
            match truth {
                Truth::Yes => {}
                Truth::No => return Self::No,
                Truth::If(literal) => literals.push(literal),
            }
        }
        literals.sort_unstable();
        literals.dedup();
        if literals.windows(2).any(|pair| pair[0].atom == pair[1].atom) {
            return Self::No;
        }
        if literals.is_empty() { Self::Yes } else { Self::Unknown(literals) }
    }

    /// Whether httpd certainly reads it.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        *self == Self::Yes
    }
}

/// The atoms of a site, each once.
#[derive(Debug, Default)]
pub(super) struct Atoms {
    list: Vec<Atom>,
    numbers: HashMap<Atom, AtomId>,
}

impl Atoms {
    pub(super) fn into_list(self) -> Vec<Atom> {
        self.list
    }

    /// A condition whose argument is not known: an atom of its own each time.
    pub(super) fn unknown(&mut self) -> Truth {
        let round = self.list.len() as u32;
        self.get(AtomKind::Argument, b"", round)
    }

    fn get(&mut self, kind: AtomKind, name: &[u8], round: u32) -> Truth {
        let atom = Atom { kind, name: String::from_utf8_lossy(name).into_owned(), round };
        let next = AtomId(self.list.len() as u32);
        let id = *self.numbers.entry(atom.clone()).or_insert(next);
        if id == next {
            self.list.push(atom);
        }
        Truth::If(Literal { atom: id, holds: true })
    }
}

/// What is known of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModuleState {
    /// It is loaded.
    Loaded,
    /// It is not.
    NotLoaded,
    /// That is not known. Counts the times that the answer may have changed on the way.
    Unknown(u32),
}

/// Modules that no httpd is built without.
const BUILT_IN: [&str; 3] = ["core_module", "http_module", "so_module"];

/// Which modules are loaded at a certain point of the reading.
#[derive(Debug)]
pub struct Modules {
    states: HashMap<String, ModuleState>,
    /// The names of source files that loaded modules outside of the tables may have.
    guessed_sources: Vec<String>,
    /// Whether a loaded module is outside of the tables, so that any source file may be its.
    strangers: bool,
    /// Every other module's.
    others: ModuleState,
    round: u32,
}

impl Modules {
    /// Before anything is read. `known`: what is loaded without a LoadModule, by either name.
    pub(super) fn new(known: &[String]) -> Self {
        let mut modules = Self {
            states: HashMap::new(),
            guessed_sources: Vec::new(),
            strangers: false,
            // httpd may be built without loadable modules
            others: ModuleState::Unknown(0),
            round: 0,
        };
        for name in BUILT_IN {
            modules.states.insert(name.to_owned(), ModuleState::Loaded);
        }
        for name in known {
            let identifier = by_name(name.as_bytes()).map_or(&**name, |module| module.identifier);
            modules.states.insert(identifier.to_owned(), ModuleState::Loaded);
        }
        modules
    }

    /// A server's configuration has a LoadModule: so modules are loaded that way, and each has its line.
    pub(super) fn see_load_module(&mut self) {
        if self.others == ModuleState::Unknown(0) {
            self.others = ModuleState::NotLoaded;
        }
    }

    /// A LoadModule that is read for certain, or perhaps.
    pub(super) fn load(&mut self, identifier: &[u8], file: &[u8], certain: bool) {
        let identifier = String::from_utf8_lossy(identifier).into_owned();
        if apache_modules::by_identifier(identifier.as_bytes()).is_none() {
            self.strangers = true;
            let file = String::from_utf8_lossy(file);
            let stem = file.rsplit('/').next().unwrap_or_default();
            let stem = stem.strip_suffix(".so").unwrap_or(stem);
            let short = identifier.strip_suffix("_module").unwrap_or(&identifier);
            self.guessed_sources.extend([format!("{stem}.c"), format!("mod_{short}.c")]);
        }
        if certain {
            self.states.insert(identifier, ModuleState::Loaded);
        } else if self.state(&identifier) != ModuleState::Loaded {
            self.round += 1;
            self.states.insert(identifier, ModuleState::Unknown(self.round));
        }
    }

    /// Directives that are not known here: they may load anything.
    pub(super) fn anything_may_follow(&mut self) {
        self.round += 1;
        self.others = ModuleState::Unknown(self.round);
        self.strangers = true;
        self.states.retain(|_, state| *state == ModuleState::Loaded);
    }

    /// What is known of the module with this identifier, such as `auth_basic_module`.
    #[must_use]
    pub fn state(&self, identifier: &str) -> ModuleState {
        if let Some(&state) = self.states.get(identifier) {
            return state;
        }
        // builds differ in what they have compiled in: without a LoadModule such a module may still be there
        let perhaps = apache_modules::by_identifier(identifier.as_bytes())
            .is_some_and(|module| module.is_static);
        match self.others {
            ModuleState::NotLoaded if perhaps => ModuleState::Unknown(0),
            others => others,
        }
    }

    /// Whether a loaded module is outside of the tables.
    #[must_use]
    pub fn has_strangers(&self) -> bool {
        self.strangers
    }

    /// Whether every loaded module is known, and in the tables.
    #[must_use]
    pub fn are_all_known(&self) -> bool {
        !self.strangers && self.others == ModuleState::NotLoaded
    }

    /// What is known of the module that `<IfModule name>` asks for, an identifier or a source file.
    fn named(&self, name: &str) -> ModuleState {
        if let Some(module) = by_name(name.as_bytes()) {
            return self.state(module.identifier);
        }
        if self.states.contains_key(name) {
            return self.state(name);
        }
        if self.guessed_sources.iter().any(|source| source == name) {
            return ModuleState::Loaded;
        }
        match self.others {
            ModuleState::NotLoaded if self.strangers => ModuleState::Unknown(0),
            others => others,
        }
    }
}

/// `<IfModule name>`, `<IfModule !name>`.
pub(super) fn if_module(modules: &Modules, atoms: &mut Atoms, argument: &[u8]) -> Truth {
    let (negated, name) = negation(argument);
    let text = String::from_utf8_lossy(name);
    let truth = match modules.named(&text) {
        ModuleState::Loaded => Truth::Yes,
        ModuleState::NotLoaded => Truth::No,
        ModuleState::Unknown(round) => {
            // both names of a module are one atom
            let name = by_name(name).map_or(name, |module| module.source.as_bytes());
            atoms.get(AtomKind::Module, name, round)
        }
    };
    truth.negated_if(negated)
}

/// `<IfDirective Name>` and `<IfSection Name>`.
pub(super) fn if_directive(
    modules: &Modules,
    atoms: &mut Atoms,
    argument: &[u8],
    section: bool,
) -> Truth {
    use crate::grammar::apache::{lookup, lookup_section};
    let (negated, name) = negation(argument);
    let known = match name.strip_prefix(b"<") {
        Some(name) if !section => lookup_section(name),
        _ if section => lookup_section(name),
        _ => lookup(name),
    };
    let states: Vec<ModuleState> = known
        .map(|directive| directive.usages.iter().map(|usage| modules.state(usage.module)).collect())
        .unwrap_or_default();
    let truth = if states.contains(&ModuleState::Loaded) {
        Truth::Yes
    } else if !states.is_empty()
        && !modules.strangers
        && states.iter().all(|state| *state == ModuleState::NotLoaded)
    {
        Truth::No
    } else {
        atoms.get(AtomKind::Directive, name, modules.round)
    };
    truth.negated_if(negated)
}

/// Which names are defined at a certain point of the reading.
#[derive(Debug, Default)]
pub(super) struct Defines {
    /// `Some(true)`: defined; `Some(false)`: undefined on the way.
    names: HashMap<Vec<u8>, Truth>,
    round: u32,
}

impl Defines {
    /// A Define that is read when `condition` holds.
    pub(super) fn define(&mut self, atoms: &mut Atoms, name: &[u8], condition: &[Literal]) {
        let Truth::If(before) = self.truth(atoms, name) else {
            if condition.is_empty() {
                self.names.insert(name.to_vec(), Truth::Yes);
            }
            return;
        };
        // `<IfDefine !X> Define X`: afterwards it is defined either way
        let either_way = [Literal { holds: !before.holds, ..before }];
        let truth = if condition.is_empty() || *condition == either_way {
            Truth::Yes
        } else {
            self.perhaps(atoms, name)
        };
        self.names.insert(name.to_vec(), truth);
    }

    /// An UnDefine, read for certain or perhaps.
    pub(super) fn undefine(&mut self, atoms: &mut Atoms, name: &[u8], certain: bool) {
        let truth = if certain { Truth::No } else { self.perhaps(atoms, name) };
        self.names.insert(name.to_vec(), truth);
    }

    /// Directives that are not known here: they may define anything that is not defined yet.
    pub(super) fn anything_may_follow(&mut self) {
        self.round += 1;
        self.names.retain(|_, truth| *truth == Truth::Yes);
    }

    fn perhaps(&mut self, atoms: &mut Atoms, name: &[u8]) -> Truth {
        self.round += 1;
        atoms.get(AtomKind::Define, name, self.round)
    }

    /// A name that nothing defines may still be given to httpd as `-D`.
    fn truth(&self, atoms: &mut Atoms, name: &[u8]) -> Truth {
        match self.names.get(name) {
            Some(&truth) => truth,
            None => atoms.get(AtomKind::Define, name, 0),
        }
    }

    /// `<IfDefine NAME>`, `<IfDefine !NAME>`.
    pub(super) fn test(&self, atoms: &mut Atoms, argument: &[u8]) -> Truth {
        let (negated, name) = negation(argument);
        self.truth(atoms, name).negated_if(negated)
    }
}

/// `<IfFile path>`: `exists` looks for it, and is `None` where nobody can say.
pub(super) fn if_file(
    atoms: &mut Atoms,
    argument: &[u8],
    exists: impl FnOnce(&[u8]) -> Option<bool>,
) -> Truth {
    let (negated, path) = negation(argument);
    let truth = exists(path).map_or_else(|| atoms.get(AtomKind::File, path, 0), Truth::from);
    truth.negated_if(negated)
}

/// Patch releases of httpd 2.4 that a condition is tried on when the version is not known. 2.4.0 was never released.
const PATCHES: std::ops::RangeInclusive<u16> = 1..=199;

/// `<IfVersion [[!]op] version>`, as mod_version compares: parts that are missing are 0.
pub(super) fn if_version(
    atoms: &mut Atoms,
    target: Option<(u16, u16, u16)>,
    arguments: &[&[u8]],
) -> Truth {
    let (operator, version) = match arguments {
        [version] => (&b"="[..], *version),
        [operator, version, ..] => (*operator, *version),
        [] => return Truth::No,
    };
    let (negated, operator) = match operator.strip_prefix(b"!") {
        Some(rest) => (true, rest),
        None => (false, operator),
    };
    let name = || [if negated { b"!" } else { &b""[..] }, operator, b" ", version].concat();
    let is_regex = operator == b"~" || version.starts_with(b"/");
    let numbers = || -> Option<[u16; 3]> {
        let mut numbers = [0; 3];
        for (at, part) in version.split(|&byte| byte == b'.').enumerate() {
            *numbers.get_mut(at)? = std::str::from_utf8(part).ok()?.parse().ok()?;
        }
        Some(numbers)
    };
    let Some(wanted) = numbers().filter(|_| !is_regex) else {
        return atoms.get(AtomKind::Version, &name(), 0);
    };
    let compare = |actual: [u16; 3]| {
        let order = actual.cmp(&wanted);
        let truth = match operator {
            b"<" => order.is_lt(),
            b"<=" => order.is_le(),
            b">" => order.is_gt(),
            b">=" => order.is_ge(),
            _ => order.is_eq(),
        };
        truth != negated
    };
    if let Some((major, minor, patch)) = target {
        return Truth::from(compare([major, minor, patch]));
    }
    let mut answers = PATCHES.map(|patch| compare([2, 4, patch]));
    let first = answers.next().unwrap_or(false);
    if answers.all(|answer| answer == first) {
        return Truth::from(first);
    }
    // `>=` and `<` of one version are one atom
    let (operator, opposite) = match operator {
        b">=" => (&b"<"[..], true),
        b">" => (&b"<="[..], true),
        same => (same, false),
    };
    let name = [operator, b" ", version].concat();
    atoms.get(AtomKind::Version, &name, 0).negated_if(negated != opposite)
}

/// The argument without the `!` before it, and whether there was one.
fn negation(argument: &[u8]) -> (bool, &[u8]) {
    match argument.strip_prefix(b"!") {
        Some(rest) => (true, rest.trim_ascii_start()),
        None => (false, argument),
    }
}
