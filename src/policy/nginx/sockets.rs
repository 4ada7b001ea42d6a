//! The sockets of a configuration with the servers and names on each, worked out once: what a request costs does not
//! depend on how many servers there are.

use super::block::BlockId;
use super::listen::{Address, Listen};
use super::policy::Policy;
use super::server::Names;
use crate::config::nginx::Directive;
use foldhash::{HashMap, HashMapExt};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::OnceLock;

/// Every socket.
#[derive(Debug)]
pub(super) struct Sockets<'p> {
    /// Each `listen` of each server, in the order that nginx reads them.
    pub(super) listens: Vec<Listen<'p>>,
    /// The first `listen` that is not known.
    pub(super) unknown: Option<Directive<'p>>,
    all: Vec<Socket<'p>>,
    by_address: HashMap<Address, usize>,
    by_port: HashMap<u16, Vec<usize>>,
    first_of: HashMap<BlockId, usize>,
}

/// One socket, and who listens on it.
#[derive(Debug)]
pub(super) struct Socket<'p> {
    /// Its number among them.
    pub(super) number: u32,
    /// The servers, each once, in their order.
    pub(super) servers: Vec<BlockId>,
    /// Whether one of them says that TLS is spoken, which is a matter of the socket.
    pub(super) ssl: bool,
    /// Whether the first of them says that the socket takes IPv4 as well.
    dual: bool,
    default: usize,
    first_of: HashMap<BlockId, usize>,
    names: OnceLock<Names<'p>>,
}

impl<'p> Sockets<'p> {
    fn new(listens: Vec<Listen<'p>>, unknown: Option<Directive<'p>>) -> Self {
        let mut sockets = Self {
            listens: Vec::new(),
            unknown,
            all: Vec::new(),
            by_address: HashMap::new(),
            by_port: HashMap::new(),
            first_of: HashMap::new(),
        };
        for (index, listen) in listens.iter().enumerate() {
            sockets.first_of.entry(listen.server).or_insert(index);
            let next = sockets.all.len();
            let at = *sockets.by_address.entry(listen.address.clone()).or_insert(next);
            if at == next {
                if let Address::Ip(_, port) = listen.address {
                    sockets.by_port.entry(port).or_default().push(at);
                }
                sockets.all.push(Socket {
                    number: at as u32,
                    servers: Vec::new(),
                    ssl: false,
                    dual: listen.dual,
                    default: index,
                    first_of: HashMap::new(),
                    names: OnceLock::new(),
                });
            }
            let socket = &mut sockets.all[at];
            socket.ssl |= listen.ssl;
            if listen.is_default && !listens[socket.default].is_default {
                socket.default = index;
            }
            if socket.first_of.insert(listen.server, index).is_none() {
                socket.servers.push(listen.server);
            }
        }
        sockets.listens = listens;
        sockets
    }

    /// The socket bound to just this.
    pub(super) fn at(&self, address: &Address) -> Option<&Socket<'p>> {
        self.by_address.get(address).map(|&at| &self.all[at])
    }

    /// The socket that a connection to `address` and `port` ends in: the one bound to just this address, else the one
    /// bound to all of its family.
    pub(super) fn reached(&self, address: IpAddr, port: u16) -> Option<&Socket<'p>> {
        let v6 = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
        let any = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { v6 };
        let at = |address| self.at(&Address::Ip(address, port));
        let dual = || at(v6).filter(|socket| address.is_ipv4() && socket.dual);
        at(address).or_else(|| at(any)).or_else(dual)
    }

    /// Every socket with this port, in the order that nginx reads them.
    pub(super) fn with_port(&self, port: u16) -> impl ExactSizeIterator<Item = &Socket<'p>> {
        self.by_port.get(&port).map_or(&[][..], Vec::as_slice).iter().map(|&at| &self.all[at])
    }

    /// What the default server of a socket says of it.
    pub(super) fn default_of(&self, socket: &Socket<'p>) -> &Listen<'p> {
        &self.listens[socket.default]
    }

    /// What `server` says of a socket.
    pub(super) fn of_server(&self, socket: &Socket<'p>, server: BlockId) -> Option<&Listen<'p>> {
        socket.first_of.get(&server).map(|&at| &self.listens[at])
    }
}

impl<'p> Socket<'p> {
    /// The names of its servers.
    pub(super) fn names(&self, policy: &Policy<'p>) -> &Names<'p> {
        self.names.get_or_init(|| Names::new(policy, &self.servers))
    }
}

impl<'p> Policy<'p> {
    /// The sockets of every server.
    pub(super) fn sockets(&self) -> &Sockets<'p> {
        self.sockets.get_or_init(|| {
            let (listens, unknown) = self.read_listens();
            Sockets::new(listens, unknown)
        })
    }

    /// Each `listen` of each server, in the order that nginx reads them.
    #[must_use]
    pub fn listens(&self) -> &[Listen<'p>] {
        &self.sockets().listens
    }

    /// The first socket that `server` listens on.
    #[must_use]
    pub fn listen_of(&self, server: BlockId) -> Option<&Listen<'p>> {
        let sockets = self.sockets();
        sockets.first_of.get(&server).map(|&at| &sockets.listens[at])
    }
}
