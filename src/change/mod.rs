//! What a change of a configuration does to who gets in: two configurations are asked the same requests.
//!
//! * `shape`: the servers of a configuration as their directives read, so that those that are alike on both sides are not
//!   asked at all
//! * `door`: the names and sockets by which clients come to servers
//! * `disk`: what stands in the folders that are served
//! * `words`: what the directives of both sides may tell requests apart by: paths, methods, addresses, headers, users
//! * `search`: requests made of those, led by what comes of them
//! * `password`: users whose password is another one
//! * `kind`: what two answers to one request have to do with each other
//!
//! Complete it is in this sense: whatever part of a request a directive of either side looks at, that part takes each value
//! that the directives name, and one that they do not name; each of them alone, each with every request that came to
//! something new, and many together. A difference that shows only where three parts of a request are as three directives want
//! them, and none of them alone leads anywhere else, may be missed.

mod disk;
mod door;
mod kind;
mod password;
mod search;
mod shape;
mod words;

pub use kind::{Class, Kind, Told, between};

use crate::map::decided;
use crate::policy::answer::{Outcome, Prediction};
use crate::policy::either::Policy;
use crate::policy::files::Files;
use crate::policy::reach::Reach;
use crate::policy::request::Request;
use crate::source::Location;
use door::Door;
use search::{Search, Signature};
use shape::Shape;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hasher};
use std::ops::RangeInclusive;
use words::Words;

/// Requests that are asked of servers that read otherwise on both sides, about as many, and those to one pair of them.
const OF_CHANGED: (usize, RangeInclusive<usize>) = (200_000, 1_000..=12_000);

/// The same for servers that read alike, where something around them changes.
const OF_ALIKE: (usize, RangeInclusive<usize>) = (60_000, 100..=1_500);

/// The numbers of the servers that answer on both sides.
type Servers = (usize, usize);

/// One side of a comparison.
#[derive(Clone, Copy)]
pub struct Side<'s, 'p> {
    /// The configuration; `None` where it is on the other side only.
    pub policy: Option<&'s Policy<'p>>,
    /// The way to its files.
    pub files: Files<'s>,
}

impl Side<'_, '_> {
    fn predict(&self, request: &Request) -> Prediction {
        match self.policy {
            Some(policy) if policy.reach(request) != Reach::Nowhere => {
                policy.predict(self.files, request)
            }
            // nobody is there who would answer
            _ => Prediction::certain(Outcome::Answered(0)),
        }
    }

    /// Notes what this side may tell requests to one of its servers apart by.
    fn read(&self, shape: &Shape, server: usize, words: &mut Words) {
        if let Some(policy) = self.policy {
            shape.read(policy, server, words);
            words.read_roots(policy, self.files);
        }
    }

    fn shape(&self) -> Shape {
        self.policy.map(Shape::of).unwrap_or_default()
    }
}

/// One cause of changed answers.
#[derive(Clone, Debug)]
pub struct Change {
    /// What changed.
    pub kind: Kind,
    /// A request that shows it.
    pub request: Request,
    /// What became of it.
    pub old: Told,
    /// What becomes of it.
    pub new: Told,
    /// In how many places that is so, as far as they were asked.
    pub places: usize,
}

/// What makes two changes one: the kind, and the directives that decide on both sides.
pub type Key = (Kind, Option<Location>, Option<Location>);

impl Change {
    /// What makes it one with others.
    #[must_use]
    pub fn key(&self) -> Key {
        let is_gone =
            |told: &Told| told.outcome == Some(Outcome::Answered(0)) && told.decided.is_none();
        if is_gone(&self.old) || is_gone(&self.new) {
            // whatever directives say there: what matters is that somebody comes or goes
            return (self.kind, None, None);
        }
        (self.kind, self.old.decided, self.new.decided)
    }
}

/// What changes for one request; `None` where nothing does.
fn compare(
    (old, before): (Side<'_, '_>, &Prediction),
    (new, after): (Side<'_, '_>, &Prediction),
    request: &Request,
) -> Option<(Kind, Told, Told)> {
    let Some(kind) = kind::of(before, after, has_login(request)) else {
        return password::changed((old, before), (new, after), request);
    };
    let tell = |prediction: &Prediction| {
        let decided = match kind {
            Kind::ForwardedChanged => prediction.answer.forwarded.set_at,
            _ => decided(prediction),
        };
        Told::of(prediction, decided)
    };
    Some((kind, tell(before), tell(after)))
}

/// What changes for `request`, told of the simplest request that it is so for: where a login has nothing to do with it,
/// without one, and where the method has not, with GET.
#[must_use]
pub fn of(old: Side<'_, '_>, new: Side<'_, '_>, request: Request) -> Option<Change> {
    let (before, after) = (old.predict(&request), new.predict(&request));
    simplest((old, &before), (new, &after), request)
}

fn simplest(
    (old, before): (Side<'_, '_>, &Prediction),
    (new, after): (Side<'_, '_>, &Prediction),
    request: Request,
) -> Option<Change> {
    let (kind, before, after) = compare((old, before), (new, after), &request)?;
    let change = Change { kind, request, old: before, new: after, places: 1 };
    if has_login(&change.request) {
        let mut stranger = change.request.clone();
        stranger.credential = None;
        stranger.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(b"authorization"));
        let is_same = |simpler: &Change| {
            simpler.kind == kind || (simpler.kind, kind) == (Kind::NowOpen, Kind::NowPassed)
        };
        if let Some(simpler) = of(old, new, stranger).filter(is_same) {
            return Some(simpler);
        }
    }
    if change.request.method != b"GET" {
        // whom the server lets in, its handler may still refuse the method
        let usual = Request { method: b"GET".to_vec(), ..change.request.clone() };
        let (old_at, new_at) = (change.old.decided, change.new.decided);
        let is_same = |simpler: &Change| {
            simpler.kind == kind && (simpler.old.decided == old_at || simpler.new.decided == new_at)
        };
        if let Some(simpler) = of(old, new, usual).filter(is_same) {
            return Some(simpler);
        }
    }
    Some(change)
}

/// Whether a request comes with a login.
#[must_use]
pub fn has_login(request: &Request) -> bool {
    request.credential.is_some() || request.header(b"authorization").is_some()
}

/// Every change that requests show, each cause once, in the order in which they were found.
#[must_use]
pub fn changes(old: Side<'_, '_>, new: Side<'_, '_>) -> Vec<Change> {
    let shapes = (old.shape(), new.shape());
    let doors: Vec<(Door, usize, usize)> = doors(old, new, &shapes);
    let mut found = Found::default();
    let mut searches: HashMap<Servers, Search> = HashMap::new();
    let users = |side: Side<'_, '_>| side.policy.map(words::users_of).unwrap_or_default();
    let users = (users(old), users(new));
    let is_alike = |(before, after): Servers| shapes.0.hash(before) == shapes.1.hash(after);
    let pairs: HashSet<Servers> = doors.iter().map(|door| (door.1, door.2)).collect();
    let alike = pairs.iter().filter(|pair| is_alike(**pair)).count();
    let budget = |(all, of_one): (usize, RangeInclusive<usize>), count: usize| {
        (all / count.max(1)).clamp(*of_one.start(), *of_one.end())
    };
    let budgets = (budget(OF_ALIKE, alike), budget(OF_CHANGED, pairs.len() - alike));
    for (door, before, after) in doors {
        let servers = (before, after);
        let search = searches.entry(servers).or_insert_with(|| {
            let mut words = Words::default();
            words.users(&users.0, &users.1);
            old.read(&shapes.0, before, &mut words);
            new.read(&shapes.1, after, &mut words);
            words.finish();
            Search::new(words)
        });
        let budget = if is_alike(servers) { budgets.0 } else { budgets.1 };
        search.explore(&door, budget, &mut |request| found.ask(old, new, request, servers));
    }
    found.causes()
}

/// The doors behind which the two sides may not be alike, each with the servers that it leads to.
fn doors(
    old: Side<'_, '_>,
    new: Side<'_, '_>,
    shapes: &(Shape, Shape),
) -> Vec<(Door, usize, usize)> {
    let hands_on = |side: Side<'_, '_>, own: &Shape, other: &Shape| {
        side.policy.is_some_and(|policy| own.hands_on_to(policy, other))
    };
    let is_all = shapes.0.outside != shapes.1.outside
        || hands_on(old, &shapes.0, &shapes.1)
        || hands_on(new, &shapes.1, &shapes.0);
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    // many names lead to the same servers: a few of them show what there is to see
    let mut names: HashMap<Servers, usize> = HashMap::new();
    let ways_in = |side: Side<'_, '_>| side.policy.map(door::of).unwrap_or_default();
    for door in ways_in(old).into_iter().chain(ways_in(new)) {
        if !seen.insert(door.clone()) {
            continue;
        }
        let server = |side: Side<'_, '_>, shape: &Shape| {
            side.policy.map_or(shape::NONE, |policy| shape.server(policy, &door))
        };
        let (before, after) = (server(old, &shapes.0), server(new, &shapes.1));
        if !is_all && shapes.0.hash(before) == shapes.1.hash(after) {
            continue;
        }
        let known = names.entry((before, after)).or_default();
        *known += 1;
        if *known <= door::ENOUGH {
            all.push((door, before, after));
        }
    }
    all
}

/// The changes so far.
#[derive(Default)]
struct Found {
    changes: Vec<Change>,
    known: HashMap<Key, usize>,
    places: HashSet<(Key, Servers, Option<Location>)>,
}

impl Found {
    /// The changes: where strangers are let in, nothing more is to be said of those with a login.
    fn causes(mut self) -> Vec<Change> {
        let known = &self.known;
        let is_said = |change: &Change| {
            let (kind, old, new) = change.key();
            kind == Kind::NowPassed && known.contains_key(&(Kind::NowOpen, old, new))
        };
        self.changes.retain(|change| !is_said(change));
        self.changes
    }

    /// Asks both sides; gives back what tells this request from others: where it came to, and why it got what it got.
    fn ask(
        &mut self,
        old: Side<'_, '_>,
        new: Side<'_, '_>,
        request: Request,
        servers: Servers,
    ) -> Signature {
        let (before, after) = (old.predict(&request), new.predict(&request));
        let mut signature = DefaultHasher::new();
        kind::sign(&before, &mut signature);
        kind::sign(&after, &mut signature);
        let signature = signature.finish();
        let Some(change) = simplest((old, &before), (new, &after), request) else {
            return signature;
        };
        let place = change.new.place.or(change.old.place);
        let key = change.key();
        let is_new = self.places.insert((key, servers, place));
        if let Some(&at) = self.known.get(&key) {
            self.changes[at].places += usize::from(is_new);
        } else {
            self.known.insert(key, self.changes.len());
            self.changes.push(change);
        }
        signature
    }
}
