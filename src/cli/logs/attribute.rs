//! From counted entries to groups with one cause: each entry is asked of the configuration once.

use super::fold::{Folded, Key, Tally, Variant};
use crate::config::secrets;
use crate::policy::answer::Outcome;
use crate::policy::either::Policy;
use crate::policy::files::Files;
use crate::policy::logs::{Blame, Login, Question, Writer, blame};
use crate::policy::mask::Mask;
use crate::policy::reach::Reach;
use crate::policy::request::{Request, Scheme};
use crate::report::logs::{Group, Logs, Why};
use crate::source::Location;
use crate::syntax::logs::{self, Reason};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;

/// Servers that are asked where a log does not name the host, at most.
const MOST_SERVERS: usize = 64;

/// Sockets that are asked where it does.
const MOST_SOCKETS: usize = 16;

/// Entries beyond which only one way of each is asked.
const MANY: usize = 5_000;

/// Passwords that are looked at.
const MOST_VERIFIED: usize = 20;

/// Paths and clients of a group that are told.
const TOLD: usize = 3;

/// How long a segment of a path is that looks made at random.
const RANDOM: usize = 24;

/// The configuration that is asked.
pub(super) struct Asked<'a, 'p> {
    pub(super) policy: &'a Policy<'p>,
    pub(super) files: Files<'a>,
    pub(super) mask: Mask<'a>,
    pub(super) writers: Vec<Writer>,
    /// The file name of each log.
    pub(super) names: Vec<Vec<u8>>,
    /// Whether an error log is among them.
    pub(super) reads_errors: bool,
    /// Whether clients are told by their whole address.
    pub(super) shows_clients: bool,
}

/// What makes a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Cause {
    status: u16,
    why: Why,
    places: Vec<Location>,
    has_user: bool,
    is_preflight: bool,
}

/// A group while entries come in.
#[derive(Debug, Default)]
struct Gathered {
    count: u64,
    text: String,
    paths: BTreeMap<String, u64>,
    clients: HashMap<u32, u64>,
    more_clients: bool,
    reasons: BTreeMap<Reason, u64>,
}

/// Finds out what gave each entry.
pub(super) fn attribute(asked: &Asked<'_, '_>, mut folded: Folded) -> Logs {
    let mut groups = Groups {
        asked,
        ways: HashMap::new(),
        all: Vec::new(),
        by_cause: HashMap::new(),
        by_path: HashMap::new(),
        left_out: 0,
        refusals: HashMap::new(),
        verified: 0,
    };
    let (troubles, entries): (Vec<_>, Vec<_>) =
        folded.entries().into_iter().partition(|(key, _)| key.reason.is_some());
    for (key, _) in &troubles {
        if let Some(reason @ (Reason::WrongPassword | Reason::UnknownUser)) = key.reason {
            let known = groups.refusals.entry(key.path.clone()).or_insert(reason);
            *known = (*known).max(reason);
        }
    }
    let asked_of_each = if entries.len() > MANY { 1 } else { usize::MAX };
    for (key, tally) in &entries {
        groups.entry(key, tally, asked_of_each, &folded.addresses);
    }
    let mut reasons: BTreeMap<Reason, u64> = BTreeMap::new();
    for (key, tally) in &troubles {
        let Some(reason) = key.reason else { continue };
        if !groups.trouble(key, tally, reason, &folded.addresses) {
            *reasons.entry(reason).or_default() += tally.count;
        }
    }
    let masked = asked.mask.with(&Request::get(b"", 80, b"/"));
    let mut logs = Logs {
        reasons: told(&reasons),
        by_folder: folded.by_folder,
        lost: folded.lost,
        odd_lines: folded.odd_lines,
        servers_left_out: groups.left_out,
        ..Logs::default()
    };
    for (cause, gathered) in groups.all {
        let gathered = Gathered { text: masked.text(&gathered.text).into_owned(), ..gathered };
        let group = group(cause, gathered, &folded.addresses, asked.shows_clients);
        let is_given = matches!(group.why, Why::Directive | Why::OneOf | Why::Elsewhere);
        if is_given { logs.attributed.push(group) } else { logs.unexplained.push(group) }
    }
    for list in [&mut logs.attributed, &mut logs.unexplained] {
        let sum = |group: &Group| group.reasons.iter().map(|(_, count)| count).sum::<u64>();
        list.sort_by(|a, b| {
            let key = |group: &Group| {
                (std::cmp::Reverse((group.count, sum(group))), group.places.clone(), group.status)
            };
            key(a)
                .cmp(&key(b))
                .then_with(|| a.path.cmp(&b.path))
                .then_with(|| a.has_user.cmp(&b.has_user))
        });
    }
    logs
}

/// The ways in that requests of one kind can have come: the number of the log, the host, the port and the scheme.
type Way = (u16, Option<Vec<u8>>, Option<u16>, Option<logs::Scheme>);

struct Groups<'a, 'p> {
    asked: &'a Asked<'a, 'p>,
    ways: HashMap<Way, Vec<Request>>,
    all: Vec<(Cause, Gathered)>,
    by_cause: HashMap<Cause, usize>,
    /// The groups in which each path is.
    by_path: HashMap<Vec<u8>, Vec<usize>>,
    left_out: usize,
    /// What error logs say of logins for a path: the worst of it.
    refusals: HashMap<Vec<u8>, Reason>,
    /// How many passwords were looked at.
    verified: usize,
}

impl Groups<'_, '_> {
    /// An entry of an access log: what differs in it may be answered by different directives.
    fn entry(&mut self, key: &Key, tally: &Tally, most: usize, addresses: &[IpAddr]) {
        let mut of_client: HashMap<u32, usize> = HashMap::new();
        let mut rest = tally.count;
        let mut first = None;
        for (variant, times) in tally.variants.iter().take(most) {
            let (cause, text) = self.cause(key, variant, addresses);
            let at = self.group(cause, text);
            first.get_or_insert(at);
            of_client.extend(variant.client.map(|client| (client, at)));
            self.add(at, key, *times);
            rest -= times;
        }
        let Some(first) = first else { return };
        if rest > 0 {
            self.add(first, key, rest);
        }
        for (client, times) in &tally.clients {
            let at = of_client.get(client).copied().unwrap_or(first);
            *self.all[at].1.clients.entry(*client).or_default() += times;
        }
        self.all[first].1.more_clients |= tally.more_clients;
    }

    fn add(&mut self, at: usize, key: &Key, times: u64) {
        let group = &mut self.all[at].1;
        group.count += times;
        *group.paths.entry(shown(&key.path)).or_default() += times;
        let known = self.by_path.entry(key.path.clone()).or_default();
        if !known.contains(&at) {
            known.push(at);
        }
    }

    /// An entry of an error log: the reason for what an access log tells, or all that is known. `false` where nothing is.
    fn trouble(&mut self, key: &Key, tally: &Tally, reason: Reason, addresses: &[IpAddr]) -> bool {
        let told = self.told_by_access(key, reason).or_else(|| self.told_by_client(key, tally));
        let at = match told {
            Some(at) => at,
            None if key.is_file || key.path.is_empty() => return false,
            None => {
                let Some((variant, _)) = tally.variants.first() else { return false };
                let (cause, text) = self.cause(key, variant, addresses);
                if !matches!(cause.why, Why::Directive | Why::OneOf | Why::Elsewhere) {
                    return false;
                }
                let at = self.group(cause, text);
                let group = &mut self.all[at].1;
                *group.paths.entry(shown(&key.path)).or_default() += 0;
                at
            }
        };
        *self.all[at].1.reasons.entry(reason).or_default() += tally.count;
        true
    }

    /// The group of the access log's lines that an error log's line is about.
    fn told_by_access<'k>(&self, key: &'k Key, reason: Reason) -> Option<usize> {
        let by_path = if key.is_file {
            // a file lies below some root: the path is the end of its name
            let ends = |name: &'k [u8]| {
                let slashes = name.iter().enumerate().filter(|(_, byte)| **byte == b'/');
                slashes.map(move |(at, _)| &name[at..])
            };
            // a folder is asked for by its own name, and answered by a file in it
            let folder = memchr::memrchr(b'/', &key.path).map_or(&b""[..], |at| &key.path[..=at]);
            ends(&key.path).chain(ends(folder)).find_map(|end| self.by_path.get(end))
        } else {
            self.by_path.get(&key.path)
        };
        let fits = |at: &&usize| {
            let cause = &self.all[**at].0;
            let is_preflight = key.method == b"OPTIONS";
            (
                cause.status == key.status,
                cause.has_user == reason.has_user(),
                cause.is_preflight == is_preflight,
                matches!(cause.why, Why::Directive),
            )
        };
        by_path?.iter().max_by_key(fits).copied()
    }

    /// The only group of such refusals that a client has part in: a file may have another name in URLs.
    fn told_by_client(&self, key: &Key, tally: &Tally) -> Option<usize> {
        let client = tally.variants.first().and_then(|(variant, _)| variant.client)?;
        let is_it = |(_, (cause, group)): &(usize, &(Cause, Gathered))| {
            key.is_file && cause.status == key.status && group.clients.contains_key(&client)
        };
        let mut fitting = self.all.iter().enumerate().filter(is_it);
        let (at, _) = fitting.next()?;
        fitting.next().is_none().then_some(at)
    }

    /// What gave an answer.
    fn cause(&mut self, key: &Key, variant: &Variant, addresses: &[IpAddr]) -> (Cause, String) {
        let login = if key.has_user { self.login(key) } else { Login::NotKnown };
        let way: Way = (key.source, key.host.clone(), key.port, key.scheme);
        if !self.ways.contains_key(&way) {
            let (ways, left_out) = self.asked.ways(&way);
            self.left_out = self.left_out.max(left_out);
            self.ways.insert(way.clone(), ways);
        }
        let ways = &self.ways[&way];
        let from = variant.client.and_then(|client| addresses.get(client as usize)).copied();
        let question = Question {
            ways,
            method: &key.method,
            path: &key.path,
            query: &variant.query,
            from,
            user: key.has_user.then_some(&variant.user),
            login,
            status: key.status,
        };
        let (why, places, text) = match blame(self.asked.policy, self.asked.files, &question) {
            Blame::Directive(at, text) => (Why::Directive, at.into_iter().collect(), text),
            Blame::OneOf(places) => (Why::OneOf, places, String::new()),
            Blame::Elsewhere(at, text) => {
                let text = if text.is_empty() { text } else { format!("depends on {text}") };
                (Why::Elsewhere, at.into_iter().collect(), text)
            }
            Blame::Passed(handler, at) => {
                (Why::Passed(handler), at.into_iter().collect(), String::new())
            }
            Blame::Otherwise(outcome, at) => {
                let status = match outcome {
                    Outcome::Answered(status) => status,
                    Outcome::Passed(_) | Outcome::Anything => 0,
                };
                (Why::Otherwise(status), at.into_iter().collect(), String::new())
            }
            Blame::Nobody => (Why::Nobody, Vec::new(), String::new()),
        };
        let is_preflight = key.method == b"OPTIONS";
        (Cause { status: key.status, why, places, has_user: key.has_user, is_preflight }, text)
    }

    /// What the error logs say of logins for a path. Passwords are looked at a few times only: that is slow on purpose.
    fn login(&mut self, key: &Key) -> Login {
        if !self.asked.reads_errors {
            return Login::NotKnown;
        }
        let said = key.reason.or_else(|| self.refusals.get(&key.path).copied());
        match said {
            Some(Reason::WrongPassword) if self.verified < MOST_VERIFIED => {
                self.verified += 1;
                Login::WrongPassword
            }
            Some(Reason::WrongPassword | Reason::UnknownUser) => Login::UnknownUser,
            _ => Login::Accepted,
        }
    }

    fn group(&mut self, cause: Cause, text: String) -> usize {
        if let Some(&at) = self.by_cause.get(&cause) {
            return at;
        }
        let at = self.all.len();
        self.by_cause.insert(cause.clone(), at);
        self.all.push((cause, Gathered { text, ..Gathered::default() }));
        at
    }
}

impl Asked<'_, '_> {
    /// The ways in, and how many servers are left out.
    fn ways(&self, (source, host, port, scheme): &Way) -> (Vec<Request>, usize) {
        let name = self.names.get(usize::from(*source)).map_or(&b""[..], Vec::as_slice);
        let scheme = scheme.map(|scheme| match scheme {
            logs::Scheme::Http => Scheme::Http,
            logs::Scheme::Https => Scheme::Https,
        });
        // a Host header may name the port
        let in_host = host.as_deref().and_then(|host| {
            let at = memchr::memrchr(b':', host)?;
            std::str::from_utf8(&host[at + 1..]).ok()?.parse().ok()
        });
        let port = port.or(in_host);
        let mut servers: Vec<Request> =
            writers_of(&self.writers, name).map(|writer| writer.request.clone()).collect();
        narrow(&mut servers, |request| port.is_none_or(|port| request.destination.port() == port));
        narrow(&mut servers, |request| scheme.is_none_or(|scheme| request.scheme == scheme));
        let Some(host) = host else {
            let left_out = servers.len().saturating_sub(MOST_SERVERS);
            servers.truncate(MOST_SERVERS);
            return (servers, left_out);
        };
        let mut seen = HashSet::new();
        servers.retain(|request| seen.insert((request.destination.clone(), request.scheme)));
        for request in &mut servers {
            request.host = Some(host.clone());
        }
        narrow(&mut servers, |request| self.policy.reach(request) == Reach::Names);
        servers.truncate(MOST_SOCKETS);
        (servers, 0)
    }
}

/// Keeps what fits, unless nothing does.
fn narrow(servers: &mut Vec<Request>, fits: impl Fn(&Request) -> bool) {
    if servers.iter().any(&fits) {
        servers.retain(fits);
    }
}

/// The servers that write the log `name`, which may have been rotated since; all where none is known to.
fn writers_of<'w>(writers: &'w [Writer], name: &[u8]) -> impl Iterator<Item = &'w Writer> {
    // how much of the name a server's own says
    let said = |writer: &Writer| {
        let files = writer.files.iter().map(|file| file_name(file));
        let is_it = |known: &&[u8]| {
            let rest = name.strip_prefix(*known);
            !known.is_empty()
                && rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'.' | b'-')))
        };
        files.filter(is_it).map(<[u8]>::len).max().unwrap_or(0)
    };
    let most = writers.iter().map(said).max().unwrap_or(0);
    writers.iter().filter(move |writer| said(writer) == most).collect::<Vec<_>>().into_iter()
}

/// What stands behind the last slash.
pub(super) fn file_name(path: &[u8]) -> &[u8] {
    memchr::memrchr(b'/', path).map_or(path, |at| &path[at + 1..])
}

/// A path, fit to be shown: a segment that may be a token is not.
fn shown(path: &[u8]) -> String {
    let text = String::from_utf8_lossy(path);
    let segments = text.split('/').map(|segment| {
        let is_random = segment.len() >= RANDOM
            && segment.bytes().any(|byte| byte.is_ascii_digit())
            && segment
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_=~+%".contains(&byte));
        if is_random || secrets::holds_credential(segment.as_bytes()) { "***" } else { segment }
    });
    segments.collect::<Vec<_>>().join("/")
}

/// A group as it is reported.
fn group(cause: Cause, gathered: Gathered, addresses: &[IpAddr], shows_clients: bool) -> Group {
    let path = common(gathered.paths.keys());
    let clients = gathered.clients.len();
    let mut by_address: BTreeMap<String, u64> = BTreeMap::new();
    let mut numbers: Vec<_> = gathered.clients.into_iter().collect();
    numbers.sort_unstable();
    for (client, times) in numbers {
        let Some(address) = addresses.get(client as usize) else { continue };
        let name = if shows_clients { address.to_string() } else { masked(*address) };
        *by_address.entry(name).or_default() += times;
    }
    Group {
        status: cause.status,
        count: gathered.count,
        has_user: cause.has_user,
        is_preflight: cause.is_preflight,
        why: cause.why,
        places: cause.places,
        text: gathered.text,
        path,
        paths: most(gathered.paths),
        clients,
        more_clients: gathered.more_clients,
        top_clients: most(by_address),
        reasons: told(&gathered.reasons),
    }
}

/// The most frequent ones.
fn most(all: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut list: Vec<_> = all.into_iter().collect();
    // a stable sort: equal ones stay in the order of their names
    list.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    list.truncate(TOLD);
    list
}

fn told(reasons: &BTreeMap<Reason, u64>) -> Vec<(&'static str, u64)> {
    reasons.iter().map(|(reason, count)| (reason.name(), *count)).collect()
}

/// The path of all, or the folder that they have in common.
fn common<'s>(mut paths: impl Iterator<Item = &'s String>) -> String {
    let Some(first) = paths.next() else { return String::new() };
    let mut end = first.len();
    let mut is_alone = true;
    for path in paths {
        is_alone = false;
        end = first.bytes().zip(path.bytes()).take(end).take_while(|(a, b)| a == b).count();
    }
    if is_alone {
        return first.clone();
    }
    // a slash is a character of its own: nothing is cut in two
    let end = first.as_bytes()[..end].iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
    first[..end].to_owned()
}

/// The network of an address, the rest left out.
fn masked(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            format!("{a}.{b}.x.x")
        }
        IpAddr::V6(address) => {
            let [a, b, ..] = address.segments();
            format!("{a:x}:{b:x}:x")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotated_logs_are_their_servers() {
        let writer = |file: &str| Writer {
            request: Request::get(file.as_bytes(), 80, b"/"),
            files: vec![format!("/var/log/{file}").into_bytes()],
        };
        let writers = [writer("access.log"), writer("shop.log"), writer("access.log.shop")];
        let of = |name: &str| -> Vec<String> {
            let found = writers_of(&writers, name.as_bytes());
            found
                .map(|it| {
                    String::from_utf8_lossy(it.request.host.as_deref().unwrap_or_default())
                        .into_owned()
                })
                .collect()
        };
        assert_eq!(of("shop.log.2.gz"), ["shop.log"]);
        assert_eq!(of("access.log-20261125"), ["access.log"]);
        assert_eq!(of("access.log.shop"), ["access.log.shop"]);
        assert_eq!(of("other").len(), 3);
    }

    #[test]
    fn what_may_be_a_token_is_not_shown() {
        assert_eq!(shown(b"/reset/4f9d8a7b6c5e4f3a2b1c0d9e8f7a6b5c/"), "/reset/***/");
        assert_eq!(shown(b"/api/v1/users"), "/api/v1/users");
        assert_eq!(masked("10.1.2.3".parse().expect("one")), "10.1.x.x");
        assert_eq!(masked("2001:db8::1".parse().expect("one")), "2001:db8:x");
        let common = |paths: &[&str]| {
            super::common(paths.iter().map(ToString::to_string).collect::<Vec<_>>().iter())
        };
        assert_eq!(common(&["/api/users"]), "/api/users");
        assert_eq!(common(&["/api/users", "/api/uploads"]), "/api/");
        assert_eq!(common(&["/a", "x"]), "");
    }
}
