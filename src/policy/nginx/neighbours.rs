//! The servers of a configuration that its own places hand requests on to, and what they ask for: worked out once.

use super::block::{BlockId, Kind};
use super::listen::Address;
use super::passing::Passing;
use super::place::{Basic, Place};
use super::policy::Policy;
use super::target::{destination, target};
use crate::config::nginx::{Directive, Value, variables};
use crate::grammar::nginx::id;
use crate::policy::request::Destination;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, OnceLock, PoisonError};

/// What a client proves itself with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Proof {
    /// The Authorization header.
    Authorization,
    /// A cookie.
    Cookie,
}

/// Who hands requests on to whom.
#[derive(Debug)]
pub(super) struct Neighbours<'p> {
    /// The sockets that places lead to, each set of them once. The first is none.
    ends: Vec<End<'p>>,
    /// The number of the end of each block that hands requests on, by block.
    of: Vec<u32>,
    /// The numbers of the ends that lead to a server.
    to: HashMap<BlockId, Vec<u32>>,
    /// Where servers ask for a proof, once somebody has asked.
    asked: Mutex<HashMap<(BlockId, Proof), Option<Directive<'p>>>>,
}

/// Where places lead.
#[derive(Debug, Default)]
struct End<'p> {
    /// The servers that listen there.
    servers: Vec<BlockId>,
    /// The blocks that lead there.
    fronts: Vec<BlockId>,
    /// Where one of the servers asks for the Authorization header, and for a cookie.
    asked: [OnceLock<Option<Directive<'p>>>; 2],
}

impl<'p> Neighbours<'p> {
    fn new(policy: &Policy<'p>) -> Self {
        let sockets = policy.sockets();
        let mut ends = vec![End::default()];
        let mut of = vec![0; policy.blocks.len()];
        // by line: what the words of one lead to, those of all that are alike do
        let mut known = HashMap::new();
        let mut by_sockets = HashMap::from([(Vec::new(), 0)]);
        for passing in policy.passings().filter(|passing| !passing.module.is_application()) {
            let Some(text) = passing.pass.arg(0).and_then(Value::known) else { continue };
            let end = *known.entry(passing.pass.line()).or_insert_with(|| {
                let destinations = policy.destinations(&text);
                let mut reached: Vec<_> = destinations
                    .into_iter()
                    .filter_map(|one| match one {
                        Destination::Unix(path) => sockets.at(&Address::Unix(path)),
                        Destination::Address(ip, port) if ip.is_loopback() => {
                            sockets.reached(ip, port)
                        }
                        Destination::Address(ip, port) => sockets.at(&Address::Ip(ip, port)),
                        Destination::Port(_) => None,
                    })
                    .collect();
                let mut seen = HashSet::new();
                reached.retain(|socket| seen.insert(socket.number));
                let numbers: Vec<u32> = reached.iter().map(|socket| socket.number).collect();
                *by_sockets.entry(numbers).or_insert_with(|| {
                    let mut seen = HashSet::new();
                    let servers = reached.iter().flat_map(|socket| &socket.servers).copied();
                    let servers = servers.filter(|server| seen.insert(*server)).collect();
                    ends.push(End { servers, ..End::default() });
                    ends.len() as u32 - 1
                })
            });
            of[passing.place.block.index()] = end;
            ends[end as usize].fronts.push(passing.place.block);
        }
        let mut to = HashMap::<BlockId, Vec<u32>>::new();
        for (number, end) in ends.iter().enumerate() {
            for &server in &end.servers {
                to.entry(server).or_default().push(number as u32);
            }
        }
        Self { ends, of, to, asked: Mutex::default() }
    }
}

impl<'p> Policy<'p> {
    fn neighbours(&self) -> &Neighbours<'p> {
        self.neighbours.get_or_init(|| Neighbours::new(self))
    }

    /// Where a `proxy_pass` with this argument leads, as far as that is known without asking for names.
    fn destinations(&self, pass: &[u8]) -> Vec<Destination> {
        let Some(target) = target(pass) else { return Vec::new() };
        let Some(upstream) = self.upstreams.get(&target.authority) else {
            return destination(&target.authority, target.scheme.port()).into_iter().collect();
        };
        let servers = upstream.children().filter(|line| line.is("server"));
        let names = servers.filter_map(|server| server.arg(0)?.known());
        names.filter_map(|name| destination(&name, 80)).collect()
    }

    /// Whether a value holds a variable that tells of the proof, or that a `map` makes of one.
    fn reads(&self, text: &[u8], proof: Proof) -> bool {
        let tells = |name: &[u8]| match proof {
            Proof::Authorization => name == b"http_authorization" || name == b"remote_user",
            Proof::Cookie => name == b"http_cookie" || name.starts_with(b"cookie_"),
        };
        variables(text).any(|variable| {
            let name = variable.name.to_ascii_lowercase();
            let source = self.maps.get(&name).and_then(|map| map.arg(0)?.known());
            tells(&name)
                || source.is_some_and(|source| {
                    variables(&source).any(|one| tells(&one.name.to_ascii_lowercase()))
                })
        })
    }
}

impl<'r, 'p> Passing<'r, 'p> {
    fn end(self) -> &'r End<'p> {
        &self.place.policy.neighbours().ends[self.end_number()]
    }

    /// The same for all places that lead to the same servers of this configuration, and for all that lead to none.
    #[must_use]
    pub fn end_number(self) -> usize {
        self.place.policy.neighbours().of[self.place.block.index()] as usize
    }

    /// The servers of this configuration that listen where it leads, each once; none where that is not known or not here.
    pub fn behind(self) -> impl ExactSizeIterator<Item = Place<'r, 'p>> {
        let policy = self.place.policy;
        self.end().servers.iter().map(|&server| policy.place(server))
    }

    /// Where a server behind it asks for this proof.
    #[must_use]
    pub fn asked_behind(self, proof: Proof) -> Option<Directive<'p>> {
        let asked = &self.end().asked[usize::from(proof == Proof::Cookie)];
        *asked.get_or_init(|| self.behind().find_map(|server| server.asks(proof)))
    }
}

impl<'r, 'p> Place<'r, 'p> {
    /// The places of other servers that lead to this server.
    pub fn fronts(self) -> impl Iterator<Item = Passing<'r, 'p>> {
        let neighbours = self.policy.neighbours();
        let ends = neighbours.to.get(&self.block).map_or(&[][..], Vec::as_slice);
        let ends = ends.iter().map(|&end| &*neighbours.ends[end as usize].fronts);
        let places = merged(ends.collect()).map(|block| self.policy.place(block));
        let others =
            places.filter(move |place| place.server().is_none_or(|it| it.block != self.block));
        others.filter_map(Self::passing)
    }

    /// Where this server asks for this proof: a login, or a look at the header.
    #[must_use]
    pub fn asks(self, proof: Proof) -> Option<Directive<'p>> {
        let asked = &self.policy.neighbours().asked;
        let key = (self.block, proof);
        let known = asked.lock().unwrap_or_else(PoisonError::into_inner).get(&key).copied();
        known.unwrap_or_else(|| {
            let places = std::iter::once(self).chain(self.descendants());
            let found = places.into_iter().find_map(|place| place.asks_itself(proof));
            asked.lock().unwrap_or_else(PoisonError::into_inner).insert(key, found);
            found
        })
    }

    fn asks_itself(self, proof: Proof) -> Option<Directive<'p>> {
        let login = match (self.basic(), proof) {
            (Basic::On(realm, _), Proof::Authorization) => Some(realm),
            (_, Proof::Authorization) => self.other_login(),
            (_, Proof::Cookie) => None,
        };
        let looks = |one: Directive<'p>| {
            let mut values = one.args();
            values.any(|value| value.known().is_some_and(|text| self.policy.reads(&text, proof)))
        };
        let head = || self.directive().filter(|head| self.kind() == Kind::If && looks(*head));
        let set = || self.own_all(const { &[id!("set")] }).find(|one| looks(*one));
        login.or_else(head).or_else(set)
    }
}

/// Sorted lists as one.
fn merged(mut lists: Vec<&[BlockId]>) -> impl Iterator<Item = BlockId> {
    std::iter::from_fn(move || {
        let least = lists.iter_mut().filter(|list| !list.is_empty()).min_by_key(|list| list[0])?;
        let (first, rest) = least.split_first()?;
        *least = rest;
        Some(*first)
    })
}
