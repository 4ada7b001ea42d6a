//! Which server block answers: by the socket, then by the name. `ngx_http_find_virtual_server`.

use super::block::BlockId;
use super::listen::{Address, Listen};
use super::policy::Policy;
use super::run::Run;
use super::sockets::{Socket, Sockets};
use crate::config::nginx::{Directive, Value};
use crate::grammar::nginx::{Id, id};
use crate::policy::files::Files;
use crate::policy::request::{Destination, Request, Scheme};
use crate::policy::text::Text;
use crate::policy::world::{Cause, explore};
use memchr::{memchr_iter, memrchr_iter};
use std::collections::{HashMap, HashSet};

const SERVER_NAME: Id = id!("server_name");

/// The server that a connection and a name lead to.
#[derive(Clone, Debug)]
pub(super) struct Chosen<'p> {
    /// The server block.
    pub(super) server: BlockId,
    /// The default server of the socket: what it says holds until the name is known.
    pub(super) default: BlockId,
    /// The socket.
    pub(super) listen: Listen<'p>,
    /// The name that decided, and how; `None` where none did.
    pub(super) name: Option<Value<'p>>,
}

impl Policy<'_> {
    /// The server block that `request` comes to; `None` where nothing known here listens, or that is not certain.
    #[must_use]
    pub fn server_for(&self, request: &Request) -> Option<BlockId> {
        let explored = explore(|world| {
            let mut run = Run::new(self, Files::none(self.site.project), request, world, 0);
            run.host = request.host.as_deref().and_then(normalised_host);
            run.choose_server().map(|chosen| chosen.server)
        });
        let first = explored.worlds[0].1;
        first.filter(|_| explored.complete && explored.worlds.iter().all(|world| world.1 == first))
    }
}

impl<'p> Run<'_, 'p> {
    /// Chooses the server block; `None` where nothing known here listens.
    pub(super) fn choose_server(&mut self) -> Option<Chosen<'p>> {
        let sockets = self.policy.sockets();
        if let Some(unknown) = sockets.unknown
            && self
                .world
                .choose(Cause::new(unknown.words_location(), "what a server listens on"), 2)
                == 1
        {
            return None;
        }
        let socket = self.socket(sockets)?;
        let default = sockets.default_of(socket);
        let mut chosen = Chosen {
            server: default.server,
            default: default.server,
            listen: default.clone(),
            name: None,
        };
        // with one server, names are not looked at, unless for what they capture
        let is_asked = socket.servers.len() > 1 || captures(self.policy, default.server);
        // without a Host, the name is the empty one
        let host = self.host.clone().unwrap_or_default();
        if is_asked && let Some((server, name)) = self.named_server(socket, &host) {
            chosen.server = server;
            chosen.name = name;
            if let Some(own) = sockets.of_server(socket, server) {
                chosen.listen = own.clone();
            }
        }
        // TLS is a matter of the socket, whichever server says so
        chosen.listen.ssl |= socket.ssl;
        Some(chosen)
    }

    /// The socket that the connection can have come in by.
    fn socket<'s>(&mut self, sockets: &'s Sockets<'p>) -> Option<&'s Socket<'p>> {
        match &self.request.destination {
            Destination::Address(address, port) => sockets.reached(*address, *port),
            Destination::Unix(path) => sockets.at(&Address::Unix(path.clone())),
            Destination::Port(port) => {
                let mut fitting = sockets.with_port(*port);
                let which = match fitting.len() {
                    0 | 1 => 0,
                    count => {
                        let text = format!("which address with port {port} the client connects to");
                        let options = u8::try_from(count).unwrap_or(u8::MAX);
                        usize::from(self.world.choose(Cause::new(None, text), options))
                    }
                };
                fitting.nth(which)
            }
        }
    }

    /// The server with this name: exact names, then the longest wildcard in front, the longest one behind, then regular
    /// expressions in their order.
    fn named_server(&mut self, socket: &Socket<'p>, host: &[u8]) -> Option<Named<'p>> {
        let names = socket.names(self.policy);
        if let Some(unknown) = names.unknown {
            let text = "whether a server has this name";
            if self.world.choose(Cause::new(unknown.words_location(), text), 2) == 1 {
                self.give_up();
            }
        }
        if let Some(found) = names.literal(host) {
            return Some(found);
        }
        if host.is_empty() {
            return None;
        }
        for (server, name, pattern) in &names.patterns {
            let ignore_case = pattern.iter().any(u8::is_ascii_uppercase);
            let subject = Text::from(host);
            let at = self.policy.get(*server).directive;
            if self.matches(pattern, ignore_case, &subject, at) {
                return Some((*server, Some(*name)));
            }
        }
        None
    }
}

/// Whether the last pattern among the names of the server captures something: those before it do not count,
/// `ngx_http_core_server_name`.
fn captures(policy: &Policy<'_>, server: BlockId) -> bool {
    let names = policy.get(server).all(&[SERVER_NAME]).flat_map(Directive::args);
    let patterns = names.filter(|name| name.raw().starts_with(b"~"));
    patterns.fold(false, |_, name| has_groups(&name.decoded()))
}

/// Whether a pattern captures something, by number or by name.
fn has_groups(pattern: &[u8]) -> bool {
    memchr_iter(b'(', pattern).any(|at| {
        let is_escaped = at > 0 && pattern[at - 1] == b'\\';
        let is_group = match pattern.get(at + 1..).unwrap_or_default() {
            [b'?', b'P' | b'\'', ..] => true,
            [b'?', b'<', next, ..] => !matches!(next, b'=' | b'!'),
            [b'?', ..] => false,
            _ => true,
        };
        is_group && !is_escaped
    })
}

/// A server with the name that leads to it; one without `server_name` has the empty name.
type Named<'p> = (BlockId, Option<Value<'p>>);

/// The names of the servers of one socket, as `ngx_http_server_names` sorts them.
#[derive(Debug)]
pub(super) struct Names<'p> {
    exact: HashMap<Vec<u8>, Named<'p>>,
    /// Exact names that a `.x` took along when it was ignored.
    lost: HashSet<Vec<u8>>,
    /// `*.example.com`, as `.example.com`.
    front: HashMap<Vec<u8>, Named<'p>>,
    /// `mail.*`, as `mail.`.
    behind: HashMap<Vec<u8>, Named<'p>>,
    patterns: Vec<(BlockId, Value<'p>, Vec<u8>)>,
    unknown: Option<Directive<'p>>,
}

impl<'p> Names<'p> {
    pub(super) fn new(policy: &Policy<'p>, servers: &[BlockId]) -> Self {
        let mut names = Self {
            exact: HashMap::new(),
            lost: HashSet::new(),
            front: HashMap::new(),
            behind: HashMap::new(),
            patterns: Vec::new(),
            unknown: None,
        };
        for &server in servers {
            let block = policy.get(server);
            let mut own = block.all(&[SERVER_NAME]).peekable();
            if own.peek().is_none() && block.open.is_none() {
                names.exact.entry(Vec::new()).or_insert((server, None));
            }
            for directive in own {
                for name in directive.args() {
                    names.add(server, directive, name);
                }
            }
            if let Some(open) = block.open {
                names.unknown.get_or_insert(open);
            }
        }
        names
    }

    fn add(&mut self, server: BlockId, directive: Directive<'p>, name: Value<'p>) {
        let Some(text) = name.known() else {
            self.unknown.get_or_insert(directive);
            return;
        };
        if let Some(pattern) = text.strip_prefix(b"~") {
            self.patterns.push((server, name, pattern.to_vec()));
            return;
        }
        let text = text.to_ascii_lowercase();
        if text == b"$hostname" {
            self.unknown.get_or_insert(directive);
            return;
        }
        let entry = (server, Some(name));
        if let Some(rest) = text.strip_prefix(b"*.") {
            self.front.entry([b".", rest].concat()).or_insert(entry);
        } else if let Some(rest) = text.strip_prefix(b".") {
            // `ngx_hash_add_key`: it conflicts as a whole with an earlier `x`, `*.x` or `.x`
            let is_exact_free = !self.exact.contains_key(rest) && !self.lost.contains(rest);
            if is_exact_free && !self.front.contains_key(&text) {
                self.exact.insert(rest.to_vec(), entry);
                self.front.insert(text, entry);
            } else if is_exact_free {
                // its exact form was noted before the conflict showed: nobody gets that name any more
                self.lost.insert(rest.to_vec());
            }
        } else if let Some(rest) = text.strip_suffix(b"*") {
            self.behind.entry(rest.to_vec()).or_insert(entry);
        } else if !self.lost.contains(&text) {
            self.exact.entry(text).or_insert(entry);
        }
    }

    pub(super) fn literal(&self, host: &[u8]) -> Option<Named<'p>> {
        if let Some(found) = self.exact.get(host) {
            return Some(*found);
        }
        // from the left: the first dot leaves the longest rest
        let front =
            memchr_iter(b'.', host).filter(|&at| at > 0).find_map(|at| self.front.get(&host[at..]));
        front
            .or_else(|| memrchr_iter(b'.', host).find_map(|at| self.behind.get(&host[..=at])))
            .copied()
    }
}

/// The host as servers' names are compared with it: small letters, no port, no dot at the end. `None` for what nginx
/// answers with 400: `ngx_http_validate_host`.
pub(super) fn normalised_host(host: &[u8]) -> Option<Vec<u8>> {
    let bracket = host.first() == Some(&b'[');
    let end = if bracket {
        host.iter().position(|&byte| byte == b']')? + 1
    } else {
        host.iter().position(|&byte| byte == b':').unwrap_or(host.len())
    };
    let name = &host[..end];
    let name = name.strip_suffix(b".").unwrap_or(name);
    let bad = |byte: &u8| *byte <= b' ' || *byte == 0x7f || matches!(byte, b'/' | b'\\');
    if name.is_empty() || name.iter().any(bad) || name.windows(2).any(|pair| pair == b"..") {
        return None;
    }
    Some(name.to_ascii_lowercase())
}

/// Whether the client speaks what the socket expects.
pub(super) fn speaks(scheme: Scheme, listen: &Listen<'_>) -> bool {
    (scheme == Scheme::Https) == listen.ssl
}
