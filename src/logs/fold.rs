//! What is the same is counted, not kept: one entry for each method, path, host, status and whether a user was sent.

use crate::syntax::logs::{Entry, Reason, Scheme, Trouble, split_query};
use std::collections::HashMap;
use std::net::IpAddr;

/// Different requests that are told apart. Further ones are told by the folder of their path.
const MOST_KEYS: usize = 20_000;

/// Folders that are told apart beyond them.
const MOST_FOLDERS: usize = 5_000;

/// Clients that are told apart, and pairs of an entry and a client.
const MOST_CLIENTS: usize = 100_000;
const MOST_PAIRS: usize = 500_000;

/// Ways in which the requests of one entry differ that are told apart.
const MOST_VARIANTS: usize = 6;

/// How long a query or a user is that is kept.
const LONGEST_QUERY: usize = 200;

/// How much of a path and of a host is kept.
const LONGEST_PATH: usize = 1024;
const LONGEST_HOST: usize = 255;

/// What tells entries apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// The number of the file.
    pub(super) source: u16,
    pub(super) status: u16,
    /// What an error log says; `None` for an access log.
    pub(super) reason: Option<Reason>,
    pub(super) has_user: bool,
    pub(super) scheme: Option<Scheme>,
    pub(super) port: Option<u16>,
    pub(super) host: Option<Vec<u8>>,
    pub(super) method: Vec<u8>,
    pub(super) path: Vec<u8>,
    /// Whether the path is that of a file, as the server names it.
    pub(super) is_file: bool,
}

/// What is counted of one entry.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) count: u64,
    /// Clients by their numbers, with how often each came.
    pub(super) clients: Vec<(u32, u64)>,
    /// Whether there were more clients than are told apart.
    pub(super) more_clients: bool,
    /// The first few ways in which they differ, with how often each came.
    pub(super) variants: Vec<(Variant, u64)>,
}

/// What may tell requests of one entry apart, for a server that looks at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Variant {
    /// The number of the client.
    pub(super) client: Option<u32>,
    pub(super) user: Vec<u8>,
    /// With its question mark; empty for one that is long.
    pub(super) query: Vec<u8>,
}

/// Everything that was counted.
#[derive(Debug, Default)]
pub struct Folded {
    /// Where the tally of each entry is.
    keys: HashMap<Box<[u8]>, u32>,
    tallies: Vec<Tally>,
    /// How often each client came with each entry: the number of the entry above that of the client.
    pairs: HashMap<u64, u64>,
    clients: HashMap<IpAddr, u32>,
    pub(super) addresses: Vec<IpAddr>,
    /// Requests that are told by the folder of their path.
    pub(super) by_folder: u64,
    /// Requests that are counted and nothing else.
    pub(super) lost: u64,
    /// Lines that seemed to tell of a refusal, and could not be read.
    pub(super) odd_lines: u64,
    key: Vec<u8>,
}

impl Folded {
    /// Counts a line of an access log.
    pub(super) fn add(&mut self, source: u16, entry: &Entry<'_>) {
        let (path, query) = split_query(&entry.target);
        let path = &path[..path.len().min(LONGEST_PATH)];
        let parts = Parts {
            source,
            status: entry.status,
            reason: None,
            has_user: entry.user.is_some(),
            scheme: entry.scheme,
            port: entry.port,
            host: entry.host,
            method: entry.method,
            is_file: false,
        };
        self.count(&parts, path, entry.address, entry.user.unwrap_or_default(), query);
    }

    /// Counts a line of an error log.
    pub(super) fn add_trouble(&mut self, source: u16, trouble: &Trouble<'_>) {
        let path = trouble.path.or(trouble.file).unwrap_or_default();
        let parts = Parts {
            source,
            status: trouble.reason.status(),
            reason: Some(trouble.reason),
            has_user: trouble.reason.has_user(),
            scheme: None,
            port: None,
            host: trouble.host,
            method: trouble.method.unwrap_or(b"GET"),
            is_file: trouble.path.is_none(),
        };
        self.count(&parts, &path[..path.len().min(LONGEST_PATH)], trouble.client, b"", b"");
    }

    fn count(
        &mut self,
        parts: &Parts<'_>,
        path: &[u8],
        address: Option<&[u8]>,
        user: &[u8],
        query: &[u8],
    ) {
        let mut key = std::mem::take(&mut self.key);
        parts.write(path, &mut key);
        let known = self.keys.get(&key[..]).copied();
        let Some(number) = known.or_else(|| self.make(parts, path, &mut key)) else {
            self.key = key;
            return;
        };
        self.key = key;
        let client = address.and_then(|address| self.client(address));
        let tally = &mut self.tallies[number as usize];
        tally.count += 1;
        let query = if query.len() > LONGEST_QUERY { b"" } else { query };
        let user = &user[..user.len().min(LONGEST_QUERY)];
        let is_it = |(one, _): &(Variant, u64)| {
            one.client == client && one.user == user && one.query == query
        };
        match tally.variants.iter().position(is_it) {
            Some(at) => tally.variants[at].1 += 1,
            None if tally.variants.len() < MOST_VARIANTS => {
                let one = Variant { client, user: user.to_vec(), query: query.to_vec() };
                tally.variants.push((one, 1));
            }
            None => {}
        }
        let Some(client) = client else {
            tally.more_clients |= address.is_some();
            return;
        };
        let pair = u64::from(number) << 32 | u64::from(client);
        if let Some(times) = self.pairs.get_mut(&pair) {
            *times += 1;
        } else if self.pairs.len() < MOST_PAIRS {
            self.pairs.insert(pair, 1);
        } else {
            tally.more_clients = true;
        }
    }

    /// Makes a new entry, for the folder of the path where there are too many. `None` where there are too many of those.
    fn make(&mut self, parts: &Parts<'_>, path: &[u8], key: &mut Vec<u8>) -> Option<u32> {
        if self.keys.len() >= MOST_KEYS {
            let folder = path.iter().skip(1).position(|&byte| byte == b'/').map_or(1, |at| at + 2);
            parts.write(&path[..folder.min(path.len())], key);
            let known = self.keys.get(&key[..]).copied();
            if known.is_none() && self.keys.len() >= MOST_KEYS + MOST_FOLDERS {
                self.lost += 1;
                return None;
            }
            self.by_folder += 1;
            if known.is_some() {
                return known;
            }
        }
        let number = self.tallies.len() as u32;
        self.tallies.push(Tally::default());
        self.keys.insert(key.clone().into_boxed_slice(), number);
        Some(number)
    }

    /// The number of a client; `None` for what is no address, or one too many.
    fn client(&mut self, address: &[u8]) -> Option<u32> {
        let address: IpAddr = std::str::from_utf8(address).ok()?.parse().ok()?;
        if let Some(&known) = self.clients.get(&address) {
            return Some(known);
        }
        let number = self.addresses.len();
        if number >= MOST_CLIENTS {
            return None;
        }
        self.addresses.push(address);
        self.clients.insert(address, number as u32);
        Some(number as u32)
    }

    /// Everything, in one order.
    pub(super) fn entries(&mut self) -> Vec<(Key, Tally)> {
        let mut pairs: Vec<_> = std::mem::take(&mut self.pairs).into_iter().collect();
        pairs.sort_unstable();
        for (pair, times) in pairs {
            self.tallies[(pair >> 32) as usize].clients.push((pair as u32, times));
        }
        let tallies = &mut self.tallies;
        let mut tally = |at: u32| std::mem::take(&mut tallies[at as usize]);
        let keys = std::mem::take(&mut self.keys).into_iter();
        let mut list: Vec<_> = keys.map(|(key, at)| (read(&key), tally(at))).collect();
        list.sort_by(|(a, _), (b, _)| a.cmp(b));
        list
    }
}

/// A key while lines come in.
struct Parts<'l> {
    source: u16,
    status: u16,
    reason: Option<Reason>,
    has_user: bool,
    scheme: Option<Scheme>,
    port: Option<u16>,
    host: Option<&'l [u8]>,
    method: &'l [u8],
    is_file: bool,
}

impl Parts<'_> {
    /// As bytes: what has a length of its own comes last.
    fn write(&self, path: &[u8], out: &mut Vec<u8>) {
        let reason = self.reason.and_then(|reason| Reason::ALL.iter().position(|it| *it == reason));
        let scheme = match self.scheme {
            None => 0,
            Some(Scheme::Http) => 1,
            Some(Scheme::Https) => 2,
        };
        let host = self.host.map(|host| &host[..host.len().min(LONGEST_HOST)]);
        let method = &self.method[..self.method.len().min(255)];
        out.clear();
        out.extend_from_slice(&self.source.to_le_bytes());
        out.extend_from_slice(&self.status.to_le_bytes());
        out.extend_from_slice(&self.port.unwrap_or(0).to_le_bytes());
        out.extend_from_slice(&[
            reason.map_or(0, |at| at as u8 + 1),
            u8::from(self.has_user),
            scheme,
            u8::from(self.is_file),
            u8::from(host.is_some()),
            host.map_or(0, <[u8]>::len) as u8,
            method.len() as u8,
        ]);
        out.extend_from_slice(host.unwrap_or_default());
        out.extend_from_slice(method);
        out.extend_from_slice(path);
    }
}

/// What [`Parts::write`] wrote.
fn read(key: &[u8]) -> Key {
    let number = |at: usize| u16::from_le_bytes([key[at], key[at + 1]]);
    let (host, method) = (13 + usize::from(key[11]), usize::from(key[12]));
    Key {
        source: number(0),
        status: number(2),
        port: Some(number(4)).filter(|&port| port > 0),
        reason: usize::from(key[6]).checked_sub(1).map(|at| Reason::ALL[at]),
        has_user: key[7] == 1,
        scheme: match key[8] {
            1 => Some(Scheme::Http),
            2 => Some(Scheme::Https),
            _ => None,
        },
        is_file: key[9] == 1,
        host: (key[10] == 1).then(|| key[13..host].to_vec()),
        method: key[host..host + method].to_vec(),
        path: key[host + method..].to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::logs::Format;

    #[test]
    fn equal_requests_are_one_entry() {
        let [combined, _] = Format::usual();
        let mut folded = Folded::default();
        for (client, user, path) in [
            ("::1", "-", "/a?x=1"),
            ("::1", "-", "/a?x=2"),
            ("10.0.0.1", "-", "/a"),
            ("::1", "bob", "/a"),
        ] {
            let line = format!("{client} - {user} [t] \"GET {path} HTTP/1.1\" 401 0");
            folded.add(3, &combined.read(line.as_bytes()).expect("a line"));
        }
        let entries = folded.entries();
        let told: Vec<_> = entries
            .iter()
            .map(|(key, tally)| (key.has_user, tally.count, tally.clients.clone()))
            .collect();
        assert_eq!(told, [(false, 3, vec![(0, 2), (1, 1)]), (true, 1, vec![(0, 1)])]);
        let (key, _) = &entries[0];
        assert_eq!(
            (key.source, key.status, &key.path[..], key.host.is_none()),
            (3, 401, &b"/a"[..], true)
        );
    }

    #[test]
    fn memory_has_a_bound() {
        let [combined, _] = Format::usual();
        let mut folded = Folded::default();
        let total = MOST_KEYS + MOST_FOLDERS + 10_000;
        for number in 0..total {
            let line = format!("::1 - - [t] \"GET /f{}/{number} HTTP/1.1\" 401 0", number / 2);
            folded.add(0, &combined.read(line.as_bytes()).expect("a line"));
        }
        assert!(folded.keys.len() <= MOST_KEYS + MOST_FOLDERS);
        assert!(folded.by_folder > 0 && folded.lost > 0);
        let counted: u64 = folded.entries().iter().map(|(_, tally)| tally.count).sum();
        assert_eq!(counted + folded.lost, total as u64);
    }
}
