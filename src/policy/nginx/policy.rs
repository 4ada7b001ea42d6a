//! The blocks of a configuration as requests meet them: servers, locations, `if` and `limit_except`, each with its own
//! directives, and what it inherits.

use super::addresses::Addresses;
use super::block::{Block, BlockId, Kind, Written};
use super::neighbours::Neighbours;
use super::outline::{Bits, Outline};
use super::passing::Module;
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
    /// Hashes of the names of headers and parameters that some line sets, ascending.
    pub(super) names: OnceLock<Vec<u32>>,
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
/// What the rewrite module runs.
pub(super) const CODE: [Id; 5] =
    [id!("return"), id!("rewrite"), id!("set"), id!("break"), id!("rewrite_log")];

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
            names: OnceLock::new(),
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
        let mut written = Written::default();
        if blocks.is_empty() {
            pending.push((BlockId(0), site.top()));
        }
        pending.extend(blocks.iter().rev().map(|http| (BlockId(0), http.children())));
        while let Some((block, rest)) = pending.last_mut() {
            let Some(directive) = rest.next() else {
                pending.pop();
                continue;
            };
            let Some(inner) = policy.take(*block, directive, &mut written) else { continue };
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
        self.blocks.push(Block::new(kind, directive, parent));
        if let Some(parent) = parent {
            self.blocks[parent.index()].blocks.push(id);
        }
        id
    }

    /// Takes in one directive of a block; gives back the block that it opens, unless all of that is read.
    fn take(
        &mut self,
        block: BlockId,
        directive: Directive<'p>,
        written: &mut Written<'p>,
    ) -> Option<BlockId> {
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
                self.blocks[block.index()].push(id, directive);
                return None;
            }
        };
        let inner = self.block(kind, Some(directive), Some(block));
        match kind {
            Kind::Server => self.servers.push(inner),
            Kind::If => self.blocks[block.index()].push_if(inner),
            Kind::Http | Kind::Location | Kind::LimitExcept => {}
        }
        let is_read = self.blocks[inner.index()].read_row(written);
        (!is_read).then_some(inner)
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
        self.get(location).own().any(|own| has(own, &PASSES))
    }

    /// The variables that directives and the named groups of regular expressions set, in small letters.
    pub(super) fn set_variables(&self) -> &HashSet<Vec<u8>> {
        self.set.get_or_init(|| {
            let values = self.site.values_with(b"(?");
            let names =
                values.filter_map(|(_, value)| value.known()).flat_map(|text| named_groups(&text));
            let own = self.blocks.iter().flat_map(Block::own);
            let setters = own.filter(|own| has(*own, &SETTERS));
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
            let own = self.blocks.iter().flat_map(Block::own);
            let requests = own.filter(|own| has(*own, &[AUTH_REQUEST]));
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
