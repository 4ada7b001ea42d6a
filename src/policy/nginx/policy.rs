//! The blocks of a configuration as requests meet them: servers, locations, `if` and `limit_except`, each with its own
//! directives, and what it inherits.

use super::addresses::Addresses;
use super::content::is_handler;
use super::location::{Level, Matcher};
use super::neighbours::Neighbours;
use super::outline::{Bits, Outline};
use super::passing::{Module, is_setter, name_hash};
use super::place::Basic;
use super::sockets::Sockets;
use crate::config::nginx::{BlockKey, Directive, Reference, Site, Value};
use crate::grammar::nginx::{Id, id};
use crate::policy::regex::Regexes;
use crate::policy::sample::Sample;
use crate::policy::world::Cause;
use crate::source::FileId;
use crate::syntax::{NodeId, NodeKind};
use memchr::memmem;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, OnceLock};

/// The index of a block in [`Policy::blocks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockId(pub u32);

impl BlockId {
    /// The position in [`Policy::blocks`].
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
    /// Its own directives that open no block, in order. Names that the tables lack are not among them.
    pub own: Vec<Directive<'p>>,
    /// What each of them is, to find the few among many that a question is about.
    ids: Vec<Id>,
    /// Of lines that set a header or a parameter, a hash of its name, for the same end.
    names: Vec<u32>,
    /// Which of them answers.
    handler: Option<u32>,
    /// Whether it asks for a user of a password file, once somebody has asked.
    pub(super) basic: OnceLock<Basic<'p>>,
    /// Its locations, likewise.
    pub(super) level: OnceLock<Box<Level>>,
    /// Its own `allow` and `deny`, likewise.
    pub(super) addresses: OnceLock<Box<Addresses<'p>>>,
    /// Its blocks, in order.
    pub blocks: Vec<BlockId>,
    /// What the rewrite module runs: indices into `own` and blocks, in order.
    pub code: Vec<Code>,
    /// The first include in it of which not everything is known.
    pub open: Option<Directive<'p>>,
}

/// A step of the rewrite module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// `return`, `rewrite`, `set`, `break` or a directive that counts like them: an index into [`Block::own`].
    Directive(u32),
    /// `if`.
    If(BlockId),
}

/// What a directive sets in a place.
#[derive(Clone, Copy, Debug)]
pub enum Effective<'p> {
    /// The directive that decides, and the block that it stands in.
    Set(Directive<'p>, BlockId),
    /// No block sets it, and all of them are known.
    Unset,
    /// This include, or what is around the fragment, may set it.
    Unknown(Option<Directive<'p>>),
}

impl<'p> Effective<'p> {
    /// The directive that decides, where one is known to.
    #[must_use]
    pub fn set(self) -> Option<Directive<'p>> {
        match self {
            Self::Set(directive, _) => Some(directive),
            Self::Unset | Self::Unknown(_) => None,
        }
    }
}

/// The directives of one list that are in effect in a place: those of the innermost block that has any.
#[derive(Clone, Debug)]
pub struct List<'p> {
    /// The directives, in order.
    pub directives: Vec<Directive<'p>>,
    /// The block that they stand in.
    pub block: Option<BlockId>,
    /// Why there may be others: an include that is not here, or what is around the fragment.
    pub open: Option<Cause>,
}

/// An nginx configuration, ready to be asked what it answers.
#[derive(Debug)]
pub struct Policy<'p> {
    /// The configuration.
    pub site: Site<'p>,
    /// Every block, parents before children. The first one is `http`.
    pub blocks: Vec<Block<'p>>,
    /// The server blocks, in the order that nginx reads them.
    pub servers: Vec<BlockId>,
    /// `upstream` blocks by name.
    pub upstreams: HashMap<Vec<u8>, Directive<'p>>,
    /// `map`, `geo`, `split_clients` blocks by the variable that they set, without its `$`.
    pub maps: HashMap<Vec<u8>, Directive<'p>>,
    /// Its regular expressions.
    pub regexes: Regexes,
    pub(super) sockets: OnceLock<Sockets<'p>>,
    pub(super) neighbours: OnceLock<Neighbours<'p>>,
    /// The blocks that hand requests on, by which directive of which module.
    pub(super) passings: OnceLock<Vec<(BlockId, Directive<'p>, &'static Module)>>,
    /// How many places use each cache, once somebody has asked.
    pub(super) caches: OnceLock<HashMap<Vec<u8>, usize>>,
    set: OnceLock<HashSet<Vec<u8>>>,
    user_files: OnceLock<HashMap<(FileId, NodeId), &'p Reference>>,
    auth_uris: OnceLock<HashSet<Vec<u8>>>,
    pub(super) inner_servers: OnceLock<BTreeSet<BlockId>>,
    /// The first login of servers, once somebody has asked.
    pub(super) logins: Mutex<HashMap<BlockId, Option<Directive<'p>>>>,
    /// The rules about addresses of what is around everything.
    pub(super) outer_addresses: OnceLock<Box<Addresses<'p>>>,
    /// What patterns match, by pattern.
    pub(super) samples: Mutex<HashMap<Vec<u8>, Option<Sample>>>,
    /// The blocks in short.
    pub(super) outlines: Vec<Outline>,
    /// What stands for directives in them.
    pub(super) bits: Bits,
    strangers: OnceLock<HashSet<BlockKey>>,
}

/// How deep blocks stand in each other that are looked into. nginx's own parser does not go deeper than its stack allows,
/// and every question about a place goes up to the top.
const DEEPEST: usize = 128;

const INCLUDE: Id = id!("include");
const SERVER: Id = id!("server");
const LOCATION: Id = id!("location");
const IF: Id = id!("if");
const LIMIT_EXCEPT: Id = id!("limit_except");
const UPSTREAM: Id = id!("upstream");
const HTTP: Id = id!("http");
/// The blocks that are places.
const KINDS: [Id; 4] = [SERVER, LOCATION, IF, LIMIT_EXCEPT];
const AUTH_REQUEST: Id = id!("auth_request");
/// The blocks that set a variable, with the argument that names it.
const MAPS: [Id; 3] = [id!("map"), id!("geo"), id!("split_clients")];
/// Directives that set the variable that one of their arguments names.
const SETTERS: [Id; 2] = [id!("set"), id!("auth_request_set")];
const CODE: [Id; 5] = [id!("return"), id!("rewrite"), id!("set"), id!("break"), id!("rewrite_log")];

impl<'p> Block<'p> {
    /// Its own directive that answers requests: the last one of them counts.
    #[must_use]
    pub fn handler(&self) -> Option<Directive<'p>> {
        self.handler.map(|at| self.own[at as usize])
    }

    /// The same with what it is.
    pub(super) fn handler_id(&self) -> Option<(Id, Directive<'p>)> {
        self.handler.map(|at| (self.ids[at as usize], self.own[at as usize]))
    }

    /// Its own lines `setter` that may set the header or parameter whose name has this hash, the last one first.
    pub(super) fn named(&self, setter: Id, name: u32) -> impl Iterator<Item = Directive<'p>> {
        let named = self.names.iter().enumerate().rev().filter(move |(_, own)| **own == name);
        named.filter(move |(at, _)| self.ids[*at] == setter).map(|(at, _)| self.own[at])
    }

    /// What each of its own directives is.
    pub(super) fn ids(&self) -> &[Id] {
        &self.ids
    }

    /// Its own first directive `id`.
    #[must_use]
    pub fn first(&self, id: Id) -> Option<Directive<'p>> {
        self.ids.iter().position(|own| *own == id).map(|at| self.own[at])
    }

    /// Its own directives `ids`, in order.
    pub fn all(&self, ids: &[Id]) -> impl DoubleEndedIterator<Item = Directive<'p>> {
        let which = self.ids.iter().zip(&self.own);
        which.filter(|(id, _)| ids.contains(id)).map(|(_, own)| *own)
    }
}

impl<'p> Policy<'p> {
    /// Reads the blocks of `site`.
    #[must_use]
    pub fn new(site: Site<'p>) -> Self {
        let mut policy = Self {
            site,
            blocks: Vec::new(),
            servers: Vec::new(),
            upstreams: HashMap::new(),
            maps: HashMap::new(),
            regexes: Regexes::default(),
            sockets: OnceLock::new(),
            neighbours: OnceLock::new(),
            passings: OnceLock::new(),
            caches: OnceLock::new(),
            set: OnceLock::new(),
            user_files: OnceLock::new(),
            auth_uris: OnceLock::new(),
            inner_servers: OnceLock::new(),
            outer_addresses: OnceLock::new(),
            samples: Mutex::default(),
            logins: Mutex::default(),
            outlines: Vec::new(),
            bits: Bits::default(),
            strangers: OnceLock::new(),
        };
        let http =
            site.top().filter(|directive| directive.known().is_some_and(|known| known.id == HTTP));
        let blocks: Vec<_> = http.filter(|http| http.node().is_block()).collect();
        policy.blocks.reserve(KINDS.iter().map(|kind| site.count(*kind)).sum::<usize>() + 1);
        policy.block(Kind::Http, blocks.first().copied(), None);
        // each entry: a block, and the directives that are still to be read into it
        let mut pending = Vec::new();
        if blocks.is_empty() {
            pending.push((BlockId(0), site.top()));
        }
        pending.extend(blocks.iter().rev().map(|http| (BlockId(0), http.children())));
        while let Some((block, rest)) = pending.last_mut() {
            let Some(directive) = rest.next() else {
                pending.pop();
                continue;
            };
            let Some(inner) = policy.take(*block, directive) else { continue };
            if pending.len() < DEEPEST {
                pending.push((inner, directive.children()));
            } else {
                policy.blocks[inner.index()].open = Some(directive);
            }
        }
        (policy.outlines, policy.bits) = Outline::of(&policy.blocks);
        policy
    }

    fn block(
        &mut self,
        kind: Kind,
        directive: Option<Directive<'p>>,
        parent: Option<BlockId>,
    ) -> BlockId {
        let id = BlockId(self.blocks.len() as u32);
        // most blocks are small and hold no others
        let inside = directive.map_or(0, |directive| directive.node().end - directive.id.0 - 1);
        let size = inside.min(16) as usize;
        self.blocks.push(Block {
            kind,
            directive,
            parent,
            matcher: directive.filter(|_| kind == Kind::Location).map(Matcher::of),
            own: Vec::with_capacity(size),
            ids: Vec::with_capacity(size),
            names: Vec::new(),
            handler: None,
            basic: OnceLock::new(),
            level: OnceLock::new(),
            addresses: OnceLock::new(),
            blocks: Vec::new(),
            code: Vec::new(),
            open: None,
        });
        if let Some(parent) = parent {
            self.blocks[parent.index()].blocks.push(id);
        }
        id
    }

    /// Takes in one directive of a block; gives back the block that it opens.
    fn take(&mut self, block: BlockId, directive: Directive<'p>) -> Option<BlockId> {
        let id = directive.known()?.id;
        let is_block = directive.node().is_block();
        let kind = match id {
            INCLUDE => {
                if !is_harmless(directive) {
                    self.blocks[block.index()].open.get_or_insert(directive);
                }
                return None;
            }
            SERVER if is_block => Kind::Server,
            LOCATION if is_block => Kind::Location,
            IF if is_block => Kind::If,
            LIMIT_EXCEPT if is_block => Kind::LimitExcept,
            UPSTREAM if is_block => {
                let name = directive.arg(0)?.known()?.into_owned();
                self.upstreams.entry(name).or_insert(directive);
                return None;
            }
            id if MAPS.contains(&id) && is_block => {
                let name = directive.args().next_back()?.known()?.into_owned();
                let name = name.strip_prefix(b"$").map(<[u8]>::to_ascii_lowercase)?;
                self.maps.insert(name, directive);
                return None;
            }
            _ => {
                let own = &mut self.blocks[block.index()];
                if CODE.contains(&id) {
                    own.code.push(Code::Directive(own.own.len() as u32));
                }
                if is_handler(id) {
                    own.handler = Some(own.own.len() as u32);
                }
                if is_setter(id) {
                    own.names.resize(own.own.len(), 0);
                    own.names
                        .push(directive.arg(0).map_or(0, |name| name_hash(&[&name.decoded()])));
                }
                own.own.push(directive);
                own.ids.push(id);
                return None;
            }
        };
        let inner = self.block(kind, Some(directive), Some(block));
        match kind {
            Kind::Server => self.servers.push(inner),
            Kind::If => self.blocks[block.index()].code.push(Code::If(inner)),
            Kind::Http | Kind::Location | Kind::LimitExcept => {}
        }
        Some(inner)
    }

    /// A block.
    #[must_use]
    pub fn get(&self, block: BlockId) -> &Block<'p> {
        &self.blocks[block.index()]
    }

    /// A block and the blocks around it, innermost first.
    pub fn around(&self, block: BlockId) -> impl Iterator<Item = BlockId> + '_ {
        std::iter::successors(Some(block), |at| self.parent(*at))
    }

    /// What the directive `id` sets in `block`: its own, or that of the nearest block around it.
    #[must_use]
    pub fn effective(&self, block: BlockId, id: Id) -> Effective<'p> {
        let Some(at) = self.nearest(block, &[id]) else { return self.nowhere() };
        let one = self.get(at);
        one.first(id).map_or(Effective::Unknown(one.open), |set| Effective::Set(set, at))
    }

    /// What holds where no block sets a directive.
    fn nowhere(&self) -> Effective<'p> {
        if self.site.data.complete { Effective::Unset } else { Effective::Unknown(None) }
    }

    /// What the directive `id` sets in `block` itself.
    #[must_use]
    pub fn own(&self, block: BlockId, id: Id) -> Option<Directive<'p>> {
        if self.may_have(block, &[id]) { self.get(block).first(id) } else { None }
    }

    /// The block whose list of the directives `ids` is in effect in `block`: the innermost that has any, or may have.
    #[must_use]
    pub fn list_block(&self, block: BlockId, ids: &[Id]) -> Option<BlockId> {
        self.nearest(block, ids)
    }

    /// The list of the directives `ids` that is in effect in `block`.
    #[must_use]
    pub fn list(&self, block: BlockId, ids: &[Id]) -> List<'p> {
        if let Some(at) = self.list_block(block, ids) {
            let one = self.get(at);
            let open = one.open.map(elsewhere);
            return List { directives: one.all(ids).collect(), block: Some(at), open };
        }
        let around = "what is around this fragment";
        let open = (!self.site.data.complete).then(|| Cause::new(None, around));
        List { directives: Vec::new(), block: None, open }
    }

    /// Whether a URI that lacks only the slash at the end of the location's name is redirected there: those that hand
    /// requests on are (`auto_redirect`).
    pub(super) fn redirects_to_slash(&self, location: BlockId) -> bool {
        const PASSES: [Id; 6] = [
            id!("proxy_pass"),
            id!("fastcgi_pass"),
            id!("uwsgi_pass"),
            id!("scgi_pass"),
            id!("grpc_pass"),
            id!("memcached_pass"),
        ];
        self.get(location).own.iter().any(|own| has(*own, &PASSES))
    }

    /// The variables that directives and the named groups of regular expressions set, in small letters.
    pub(super) fn set_variables(&self) -> &HashSet<Vec<u8>> {
        self.set.get_or_init(|| {
            let values = self.site.values_with(b"(?");
            let names =
                values.filter_map(|(_, value)| value.known()).flat_map(|text| named_groups(&text));
            let own = self.blocks.iter().flat_map(|block| &block.own);
            let setters = own.filter(|own| has(**own, &SETTERS));
            let set = setters.filter_map(|own| {
                let name = own.arg(0)?.known()?;
                name.strip_prefix(b"$").map(<[u8]>::to_ascii_lowercase)
            });
            names.chain(set).collect()
        })
    }

    /// The URIs that `auth_request` names, in any block.
    pub(super) fn auth_uris(&self) -> &HashSet<Vec<u8>> {
        self.auth_uris.get_or_init(|| {
            let own = self.blocks.iter().flat_map(|block| &block.own);
            let requests = own.filter(|own| has(**own, &[AUTH_REQUEST]));
            requests.filter_map(|own| Some(own.arg(0)?.known()?.into_owned())).collect()
        })
    }

    /// What is known of the password file that `directive` names.
    pub(super) fn user_file(&self, directive: Directive<'p>) -> Option<&'p Reference> {
        let key = |directive: Directive<'p>| (directive.words_location().file, directive.id);
        let files = self.user_files.get_or_init(|| {
            let named = self.site.references().filter(|(_, reference)| reference.host.is_none());
            named.map(|(directive, reference)| (key(directive), reference)).collect()
        });
        files.get(&key(directive)).copied()
    }

    /// The blocks in which a name stands that the tables lack.
    pub(super) fn strangers(&self) -> &HashSet<BlockKey> {
        self.strangers.get_or_init(|| {
            let unknown = self.site.unknown_directives().flat_map(Directive::inclusions);
            unknown.map(Directive::block_key).collect()
        })
    }

    /// The server block around `block`.
    #[must_use]
    pub fn server_of(&self, block: BlockId) -> Option<BlockId> {
        self.around(block).find(|at| self.kind(*at) == Kind::Server)
    }
}

/// The names of a pattern's groups.
fn named_groups(pattern: &[u8]) -> Vec<Vec<u8>> {
    let starts = memmem::find_iter(pattern, b"(?");
    let names = starts.filter_map(|at| {
        let rest = &pattern[at + 2..];
        let rest = rest.strip_prefix(b"P").unwrap_or(rest);
        let (&open, rest) = rest.split_first()?;
        let close = match open {
            b'<' => b'>',
            b'\'' => b'\'',
            _ => return None,
        };
        let end = rest.iter().position(|&byte| byte == close)?;
        Some(rest[..end].to_ascii_lowercase())
    });
    names.filter(|name| !name.is_empty()).collect()
}

/// Whether the directive is one of `ids`.
pub(super) fn has(directive: Directive<'_>, ids: &[Id]) -> bool {
    directive.known().is_some_and(|known| ids.contains(&known.id))
}

/// What an include that is not here leaves open.
pub(super) fn elsewhere(include: Directive<'_>) -> Cause {
    let name = include.arg(0).map(Value::lossy).unwrap_or_default();
    Cause::new(include.words_location(), format!("what `{name}` says"))
}

/// Whether an include that is not here is one of those that come with nginx and hold types or parameters only.
fn is_harmless(include: Directive<'_>) -> bool {
    const HARMLESS: [&[u8]; 7] = [
        b"mime.types",
        b"fastcgi_params",
        b"fastcgi.conf",
        b"uwsgi_params",
        b"scgi_params",
        b"koi-win",
        b"koi-utf",
    ];
    let name = include.arg(0).and_then(Value::known);
    let is_known = |name: &[u8]| {
        let last = name.rsplit(|&byte| byte == b'/').next().unwrap_or(name);
        HARMLESS.contains(&last)
    };
    include.node().kind != NodeKind::Entry && name.is_some_and(|name| is_known(&name))
}
