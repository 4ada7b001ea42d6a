//! Which server a request is for: the address it comes to, then the name it asks for (`server/vhost.c`).

use super::policy::{Policy, ServerId, words};
use super::run::Run;
use crate::config::apache::{Condition, Directive, Value};
use crate::config::glob;
use crate::grammar::apache::{Id, id};
use crate::policy::files::Files;
use crate::policy::request::{Destination, Request, Scheme};
use crate::policy::world::{Cause, World, explore};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

const SERVER_NAME: Id = id("ServerName");
const SERVER_ALIAS: Id = id("ServerAlias");

/// One address of a `<VirtualHost>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// The address; `None` for `*` and `_default_`.
    pub(super) ip: Option<IpAddr>,
    /// The port; `None` for any.
    pub(super) port: Option<u16>,
    /// The name in its place, which counts like a ServerAlias.
    pub(super) name: Option<Vec<u8>>,
}

impl Address {
    /// One word of `<VirtualHost>`; `None` for what is not known, such as a name that DNS has to look up.
    fn of(word: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(word).ok()?;
        if let Ok(socket) = text.parse::<SocketAddr>() {
            return Some(Self { ip: any(socket.ip()), port: Some(socket.port()), name: None });
        }
        if let Ok(ip) = text.trim_matches(['[', ']']).parse::<IpAddr>() {
            return Some(Self { ip: any(ip), port: None, name: None });
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, "*")) => (host, None),
            Some((host, port)) => (host, Some(port.parse::<u16>().ok().filter(|&it| it > 0)?)),
            None => (text, None),
        };
        let host = host.trim_matches(['[', ']']);
        if host == "*" || host.eq_ignore_ascii_case("_default_") {
            return Some(Self { ip: None, port, name: None });
        }
        if host.eq_ignore_ascii_case("localhost") {
            let name = Some(host.as_bytes().to_vec());
            return Some(Self { ip: Some(IpAddr::from([127, 0, 0, 1])), port, name });
        }
        host.parse().ok().map(|ip| Self { ip: any(ip), port, name: None })
    }
}

/// 0.0.0.0 and :: stand for any address.
fn any(ip: IpAddr) -> Option<IpAddr> {
    (!ip.is_unspecified()).then_some(ip)
}

/// An address and a port of virtual hosts; `None` for any.
type Socket = (Option<IpAddr>, Option<u16>);

/// Whose virtual hosts are asked for a connection to this address, the first of them that are there (`find_ipaddr`,
/// `find_default_server`).
fn sockets(ip: IpAddr, port: u16) -> [Socket; 4] {
    [(Some(ip), Some(port)), (Some(ip), None), (None, Some(port)), (None, None)]
}

/// The virtual hosts by address and by name, where all of that is written out.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    /// Whether it is: otherwise each request looks at all of them.
    is_plain: bool,
    /// The hosts of each address and port, in order.
    chains: HashMap<Socket, Vec<ServerId>>,
    /// The hosts of a name.
    names: HashMap<Vec<u8>, Vec<ServerId>>,
    /// Those with names that are patterns, or not known.
    patterns: Vec<ServerId>,
}

impl Hosts {
    fn new(policy: &Policy<'_>) -> Self {
        let mut hosts = Self { is_plain: true, ..Self::default() };
        for (index, server) in policy.servers.iter().enumerate().skip(1) {
            let id = ServerId(index as u32);
            let Some(directive) = server.directive else { continue };
            hosts.is_plain &= directive.condition() == Condition::Yes;
            for word in directive.args() {
                let Some(address) = word.known().as_deref().and_then(Address::of) else {
                    hosts.is_plain = false;
                    continue;
                };
                let chain = hosts.chains.entry((address.ip, address.port)).or_default();
                if chain.last() != Some(&id) {
                    chain.push(id);
                }
                if let Some(name) = address.name {
                    hosts.names.entry(name.to_ascii_lowercase()).or_default().push(id);
                }
            }
            for own in policy.get(server.defaults).all(&[SERVER_NAME, SERVER_ALIAS]) {
                for word in own.directive.args() {
                    let known = word
                        .known()
                        .filter(|word| own.id == SERVER_NAME || !glob::is_pattern(word));
                    let Some(word) = known else {
                        hosts.patterns.push(id);
                        continue;
                    };
                    let word = word.to_ascii_lowercase();
                    let name = if own.id == SERVER_NAME {
                        normalised(word.rsplit(|byte| *byte == b'/').next().unwrap_or_default())
                    } else {
                        word
                    };
                    hosts.names.entry(name).or_default().push(id);
                }
            }
        }
        hosts
    }

    /// The hosts of an address and port, in order: those of the address itself, else those of any.
    fn chain(&self, ip: IpAddr, port: u16) -> Option<&[ServerId]> {
        sockets(ip, port).iter().find_map(|socket| self.chains.get(socket)).map(|chain| &**chain)
    }

    /// The hosts that may answer to a name, in order.
    fn named(&self, host: &[u8]) -> Vec<ServerId> {
        let mut all = self.patterns.clone();
        all.extend(self.names.get(host).into_iter().flatten());
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl Policy<'_> {
    /// The server that `request` comes to; `None` where that is not certain.
    #[must_use]
    pub fn server_for(&self, request: &Request) -> Option<ServerId> {
        let explored = explore(|world| {
            let mut run = Run::new(self, Files::none(self.site.project), request, world, 0);
            run.choose_server();
            run.server
        });
        let first = explored.worlds[0].1;
        let is_certain = explored.complete && explored.worlds.iter().all(|world| world.1 == first);
        is_certain.then_some(first)
    }
}

impl Run<'_, '_> {
    /// `ap_update_vhost_given_ip` and `ap_update_vhost_from_headers`.
    pub(super) fn choose_server(&mut self) {
        let policy = self.policy;
        let hosts = policy.hosts.get_or_init(|| Hosts::new(policy));
        let host = self.request.host.as_deref().map(normalised).unwrap_or_default();
        let known = match &self.request.destination {
            Destination::Address(ip, port) if hosts.is_plain => Some(hosts.chain(*ip, *port)),
            _ => None,
        };
        let (first, named): (_, Vec<ServerId>) = if let Some(chain) = known {
            let chain = chain.unwrap_or_default();
            let named = hosts.named(&host).into_iter().filter(|it| chain.binary_search(it).is_ok());
            (chain.first().copied(), named.collect())
        } else {
            let all = self.of_address();
            (all.first().copied(), all)
        };
        let Some(mut chosen) = first else {
            self.server = ServerId::MAIN;
            return;
        };
        if !host.is_empty() {
            for server in named {
                if policy.answers_to(server, &host, self.world) {
                    chosen = server;
                    break;
                }
            }
        }
        self.server = chosen;
        let directive = self.policy.servers[chosen.index()].directive;
        let shown = String::from_utf8_lossy(&host).into_owned();
        self.step(
            directive.map(Directive::location),
            "server",
            format_args!("this virtual host answers for {shown}"),
        );
    }

    /// The virtual hosts of the address and port that the client connects to, in order.
    fn of_address(&mut self) -> Vec<ServerId> {
        let port = self.request.destination.port();
        let ip = match &self.request.destination {
            Destination::Address(ip, _) => Some(*ip),
            Destination::Port(_) => None,
            Destination::Unix(_) => return Vec::new(),
        };
        let policy = self.policy;
        let mut all: Vec<(Socket, ServerId)> = Vec::new();
        for (index, server) in policy.servers.iter().enumerate().skip(1) {
            let Some(directive) = server.directive else { continue };
            if !policy.reads(directive, self.world) {
                continue;
            }
            let server = ServerId(index as u32);
            for word in directive.args() {
                if let Some(address) = word.known().as_deref().and_then(Address::of) {
                    all.push(((address.ip, address.port), server));
                    continue;
                }
                let cause = Cause::new(word.location(), "which address this stands for");
                // it may be the one that the client connects to
                if self.world.choose(cause, 2) == 1 {
                    all.push(((ip, Some(port)), server));
                }
            }
        }
        let chain = |sockets: &[Socket]| {
            let of = |socket: &Socket| {
                let same = all.iter().filter(|(known, _)| known == socket);
                same.map(|(_, server)| *server).collect::<Vec<_>>()
            };
            sockets.iter().map(of).find(|chain| !chain.is_empty()).unwrap_or_default()
        };
        let mut found = if let Some(ip) = ip {
            chain(&sockets(ip, port))
        } else {
            let of_port = all.iter().filter(|((_, known), _)| known.is_none_or(|it| it == port));
            let mut chains: Vec<Vec<ServerId>> = Vec::new();
            for ip in of_port.filter_map(|((ip, _), _)| *ip) {
                let one = chain(&sockets(ip, port));
                if !chains.contains(&one) {
                    chains.push(one);
                }
            }
            chains.push(chain(&[(None, Some(port)), (None, None)]));
            let options = chains.len().min(8) as u8;
            let cause = Cause::new(None, "which of the server's addresses the name leads to");
            let taken = if options > 1 { self.world.choose(cause, options) } else { 0 };
            chains.swap_remove(usize::from(taken))
        };
        // one host may have several addresses that fit
        found.dedup();
        found
    }

    /// Whether the client talks TLS.
    pub(super) fn is_tls(&self) -> bool {
        self.request.scheme == Scheme::Https
    }
}

impl Policy<'_> {
    /// Whether a URL with this host and port leads to the server (`ap_matches_request_vhost`): by the address in
    /// `<VirtualHost>` as it is written, or by its names where ServerName has that port.
    pub(super) fn is_host_of(
        &self,
        server: ServerId,
        host: &[u8],
        port: u16,
        world: &mut World,
    ) -> bool {
        let one = &self.servers[server.index()];
        for word in one.directive.into_iter().flat_map(Directive::args) {
            let Some(text) = word.known() else { continue };
            let (name, known) = match memchr::memrchr(b':', &text) {
                Some(at) => (&text[..at], &text[at + 1..]),
                None => (&text[..], &b"*"[..]),
            };
            let fits = known == b"*" || known == port.to_string().as_bytes();
            if fits && name.eq_ignore_ascii_case(host) {
                return true;
            }
        }
        let own = self.last_of(one.defaults, &[SERVER_NAME], world);
        let name = own.and_then(|own| own.directive.arg(0)).and_then(Value::known);
        let own_port = name.as_deref().and_then(|name| {
            let at = memchr::memrchr(b':', name)?;
            std::str::from_utf8(&name[at + 1..]).ok()?.parse::<u16>().ok()
        });
        own_port == Some(port) && self.answers_to(server, host, world)
    }

    /// Whether a virtual host is named `host`: the name in `<VirtualHost>`, ServerName, ServerAlias.
    pub(super) fn answers_to(&self, server: ServerId, host: &[u8], world: &mut World) -> bool {
        let server = &self.servers[server.index()];
        let heads = server.directive.into_iter().flat_map(Directive::args);
        for word in heads {
            let address = word.known().as_deref().and_then(Address::of);
            if address
                .and_then(|address| address.name)
                .is_some_and(|it| it.eq_ignore_ascii_case(host))
            {
                return true;
            }
        }
        let names = self.get(server.defaults).all(&[SERVER_NAME, SERVER_ALIAS]);
        let mut name = None;
        let mut aliases = Vec::new();
        for own in names {
            if !self.reads(own.directive, world) {
                continue;
            }
            if own.id == SERVER_NAME { name = Some(own) } else { aliases.push(own) }
        }
        for own in name.into_iter().chain(aliases) {
            let Some(words) = words(own.directive) else {
                let text = format!(
                    "whether a name in this {} is {}",
                    own.directive.name(),
                    String::from_utf8_lossy(host)
                );
                if world.choose(Cause::new(own.directive.location(), text), 2) == 1 {
                    return true;
                }
                continue;
            };
            let is = |word: &[u8]| {
                let word = word.to_ascii_lowercase();
                if own.id == SERVER_NAME {
                    let word = word.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
                    normalised(word) == host
                } else if glob::is_pattern(&word) {
                    wildcard(&word, host)
                } else {
                    word == host
                }
            };
            if words.iter().any(|word| is(word)) {
                return true;
            }
        }
        false
    }
}

/// `ap_strcasecmp_match`: `*` and `?` match any bytes.
fn wildcard(pattern: &[u8], host: &[u8]) -> bool {
    // brackets are letters here
    let escaped: Vec<u8> = pattern
        .iter()
        .flat_map(|&byte| if byte == b'[' { vec![b'\\', b'['] } else { vec![byte] })
        .collect();
    glob::matches(&[b"x", &escaped[..]].concat(), &[b"x", host].concat())
}

/// The name in a Host header as it is compared: without port and final dot, in small letters.
pub(super) fn normalised(host: &[u8]) -> Vec<u8> {
    let end = if host.starts_with(b"[") {
        host.iter().position(|byte| *byte == b']').map_or(host.len(), |at| at + 1)
    } else {
        host.iter().position(|byte| *byte == b':').unwrap_or(host.len())
    };
    let name = &host[..end];
    name.strip_suffix(b".").unwrap_or(name).to_ascii_lowercase()
}
