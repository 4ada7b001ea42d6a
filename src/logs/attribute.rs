//! From counted entries to groups with one cause: each entry is asked of the configuration once.

use super::blame::{Blame, Login, Question, blame};
use super::fold::{Folded, Key, Tally, Variant};
use super::group::{group, shown, told};
use super::way::Way;
use super::writer::Writer;
use super::{Group, Logs, Why};
use crate::policy::answer::Outcome;
use crate::policy::either::Policy;
use crate::policy::files::Files;

use crate::policy::mask::Mask;
use crate::policy::request::Request;

use crate::source::Location;
use crate::syntax::logs::Reason;
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

/// Entries beyond which only one way of each is asked.
const MANY: usize = 5_000;

/// Passwords that are looked at.
const MOST_VERIFIED: usize = 20;

/// The configuration that is asked.
pub struct Asked<'a, 'p> {
    /// Its evaluator.
    pub policy: &'a Policy<'p>,
    /// The way to its files.
    pub files: Files<'a>,
    /// What no output shows.
    pub mask: Mask<'a>,
    /// The servers that write logs.
    pub writers: Vec<Writer>,
    /// The file name of each log.
    pub names: Vec<Vec<u8>>,
    /// Whether an error log is among them.
    pub reads_errors: bool,
    /// Whether clients are told by their whole address.
    pub shows_clients: bool,
}

/// What makes a group.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Cause {
    pub(super) status: u16,
    pub(super) why: Why,
    pub(super) places: Vec<Location>,
    pub(super) has_user: bool,
    pub(super) is_preflight: bool,
}

/// A group while entries come in.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) count: u64,
    pub(super) text: String,
    pub(super) paths: BTreeMap<String, u64>,
    pub(super) clients: HashMap<u32, u64>,
    pub(super) more_clients: bool,
    pub(super) reasons: BTreeMap<Reason, u64>,
}

/// Finds out what gave each entry.
#[must_use]
pub fn attribute(asked: &Asked<'_, '_>, mut folded: Folded) -> Logs {
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
