//! The blocks of a configuration as requests meet them, each with what stands directly in it.

use super::addresses::{Addresses, Rule};
use super::content::is_handler;
use super::location::{Level, Matcher};
use super::passing::{is_setter, name_hash};
use super::place::Basic;
use super::policy::CODE;
use crate::config::nginx::Directive;
use crate::grammar::nginx::{Id, id};
use crate::syntax::NodeId;
use foldhash::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, OnceLock};

/// The index of a block in [`Policy::blocks`](super::Policy::blocks).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockId(pub u32);

impl BlockId {
    /// The position in [`Policy::blocks`](super::Policy::blocks).
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `http { }`, or what is around a fragment.
    Http,
    /// `server { }`.
    Server,
    /// `location { }`.
    Location,
    /// `if { }` in a server or a location.
    If,
    /// `limit_except { }`.
    LimitExcept,
}

/// A step of the rewrite module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// `return`, `rewrite`, `set`, `break` or a directive that counts like them: the number of one of [`Block::own`].
    Directive(u32),
    /// `if`.
    If(BlockId),
}

/// A block with what stands directly in it, includes expanded.
#[derive(Debug)]
pub struct Block<'p> {
    /// What it is.
    pub kind: Kind,
    /// The directive that opens it; `None` for what is around a fragment.
    pub directive: Option<Directive<'p>>,
    /// The block around it.
    pub parent: Option<BlockId>,
    /// What a location matches.
    pub matcher: Option<Matcher<'p>>,
    own: Own<'p>,
    contents: Arc<Contents>,
    /// Whether it asks for a user of a password file, once somebody has asked.
    pub(super) basic: OnceLock<Basic<'p>>,
    /// Its locations, likewise.
    pub(super) level: OnceLock<Box<Level>>,
    /// Its own `allow` and `deny`, likewise.
    pub(super) addresses: OnceLock<Box<Addresses<'p>>>,
    /// Its blocks, in order.
    pub blocks: Vec<BlockId>,
    /// The first include in it of which not everything is known.
    pub open: Option<Directive<'p>>,
}

/// The directives of a block that open no block, in order. Names that the tables lack are not among them.
#[derive(Debug)]
enum Own<'p> {
    /// So many from this one on, each behind the other: most blocks hold nothing else.
    Row(Directive<'p>, u32),
    /// These.
    Listed(Vec<Directive<'p>>),
}

/// What the words in a block say of themselves, blocks inside apart: the same for all blocks that are written alike.
#[derive(Clone, Debug, Default)]
pub(super) struct Contents {
    /// What each of its directives is, to find the few among many that a question is about.
    ids: Vec<Id>,
    /// Of lines that set a header or a parameter, a hash of its name, for the same end.
    names: Vec<u32>,
    /// Which of them answers.
    handler: Option<u32>,
    /// What the rewrite module runs, in order.
    code: Vec<Code>,
    /// A bit for each of its directives, once they are given out.
    bits: OnceLock<u64>,
    /// What its `allow` and `deny` say, once somebody has asked.
    rules: OnceLock<Box<[(u32, Rule)]>>,
}

impl Contents {
    /// Takes in a directive that opens no block.
    fn push(&mut self, id: Id, directive: Directive<'_>) {
        let number = self.ids.len() as u32;
        if CODE.contains(&id) {
            self.code.push(Code::Directive(number));
        }
        if is_handler(id) {
            self.handler = Some(number);
        }
        if is_setter(id) {
            self.names.resize(self.ids.len(), 0);
            let name = directive.arg(0);
            self.names.push(name.map_or(0, |name| name_hash(&[&name.decoded()])));
        }
        self.ids.push(id);
    }
}

/// The contents of blocks that hold nothing but directives, by the numbers of their lines.
pub(super) type Written<'p> = HashMap<&'p [u32], Arc<Contents>>;

/// How many lines such a block has at most.
const MOST_LINES: usize = 64;

impl<'p> Block<'p> {
    /// A block of which nothing has been read yet.
    pub(super) fn new(
        kind: Kind,
        directive: Option<Directive<'p>>,
        parent: Option<BlockId>,
    ) -> Self {
        Self {
            kind,
            directive,
            parent,
            matcher: directive.filter(|_| kind == Kind::Location).map(Matcher::of),
            own: Own::Listed(Vec::new()),
            contents: Arc::default(),
            basic: OnceLock::new(),
            level: OnceLock::new(),
            addresses: OnceLock::new(),
            blocks: Vec::new(),
            open: None,
        }
    }

    /// Reads what stands in it, if that is nothing but directives that the tables know; says whether it is.
    pub(super) fn read_row(&mut self, written: &mut Written<'p>) -> bool {
        let Some(directive) = self.directive else { return false };
        let lines = directive.inner_lines();
        if lines.len() > MOST_LINES {
            return false;
        }
        let first = Directive { id: NodeId(directive.id.0 + 1), ..directive };
        let contents = match written.entry(lines) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(new) => match row(first, lines.len()) {
                Some(contents) => new.insert(Arc::new(contents)).clone(),
                None => return false,
            },
        };
        self.own = Own::Row(first, lines.len() as u32);
        self.contents = contents;
        true
    }

    /// Takes in one of its own directives that open no block.
    pub(super) fn push(&mut self, id: Id, directive: Directive<'p>) {
        if let Own::Listed(own) = &mut self.own {
            own.push(directive);
            Arc::make_mut(&mut self.contents).push(id, directive);
        }
    }

    /// Takes in a condition of its code.
    pub(super) fn push_if(&mut self, inner: BlockId) {
        Arc::make_mut(&mut self.contents).code.push(Code::If(inner));
    }

    /// Its own directives that open no block, in order. Names that the tables lack are not among them.
    pub fn own(&self) -> impl Iterator<Item = Directive<'p>> {
        (0..self.contents.ids.len() as u32).map(|number| self.nth(number))
    }

    /// The directive with this number among [`Self::own`].
    ///
    /// # Panics
    /// When there are fewer.
    #[must_use]
    pub fn nth(&self, number: u32) -> Directive<'p> {
        match &self.own {
            Own::Row(first, count) => {
                assert!(number < *count, "a directive of this block");
                Directive { id: NodeId(first.id.0 + number), ..*first }
            }
            Own::Listed(own) => own[number as usize],
        }
    }

    /// What the rewrite module runs, in order.
    #[must_use]
    pub fn code(&self) -> &[Code] {
        &self.contents.code
    }

    /// Its own directive that answers requests: the last one of them counts.
    #[must_use]
    pub fn handler(&self) -> Option<Directive<'p>> {
        self.contents.handler.map(|at| self.nth(at))
    }

    /// The same with what it is.
    pub(super) fn handler_id(&self) -> Option<(Id, Directive<'p>)> {
        self.contents.handler.map(|at| (self.contents.ids[at as usize], self.nth(at)))
    }

    /// Its own lines `setter` that may set the header or parameter whose name has this hash, the last one first.
    pub(super) fn named(&self, setter: Id, name: u32) -> impl Iterator<Item = Directive<'p>> {
        let named = self.contents.names.iter().enumerate().rev();
        let named = named.filter(move |(_, own)| **own == name);
        named.filter(move |(at, _)| self.ids()[*at] == setter).map(|(at, _)| self.nth(at as u32))
    }

    /// Of its own lines that set a header or a parameter, hashes of their names.
    pub(super) fn names(&self) -> &[u32] {
        &self.contents.names
    }

    /// What each of its own directives is.
    pub(super) fn ids(&self) -> &[Id] {
        &self.contents.ids
    }

    /// All bits of its own directives, which `bit` gives out.
    pub(super) fn bits(&self, mut bit: impl FnMut(Id) -> u64) -> u64 {
        let all = || self.ids().iter().fold(0, |bits, id| bits | bit(*id));
        *self.contents.bits.get_or_init(all)
    }

    /// Its own `allow` and `deny`, in order, each with what it says.
    pub(super) fn address_rules(&self) -> impl ExactSizeIterator<Item = (Directive<'p>, Rule)> {
        const RULES: [Id; 2] = [id!("allow"), id!("deny")];
        let rules = self.contents.rules.get_or_init(|| {
            let which = self.ids().iter().enumerate().filter(|(_, id)| RULES.contains(id));
            which.map(|(at, id)| (at as u32, Rule::of(*id, self.nth(at as u32)))).collect()
        });
        rules.iter().map(|(at, rule)| (self.nth(*at), *rule))
    }

    /// Its own first directive `id`.
    #[must_use]
    pub fn first(&self, id: Id) -> Option<Directive<'p>> {
        self.ids().iter().position(|own| *own == id).map(|at| self.nth(at as u32))
    }

    /// Its own directives `ids`, in order.
    pub fn all(&self, ids: &[Id]) -> impl DoubleEndedIterator<Item = Directive<'p>> {
        let which = self.ids().iter().enumerate();
        which.filter(|(_, id)| ids.contains(id)).map(|(at, _)| self.nth(at as u32))
    }
}

/// The contents of a block with `count` nodes in it from `first` on; `None` where one of them is a block, an include, or
/// not known.
fn row(first: Directive<'_>, count: usize) -> Option<Contents> {
    let mut contents = Contents::default();
    for number in 0..count as u32 {
        let directive = Directive { id: NodeId(first.id.0 + number), ..first };
        let known = directive.known().filter(|known| known.id != id!("include"))?;
        if directive.node().is_block() {
            return None;
        }
        contents.push(known.id, directive);
    }
    Some(contents)
}
