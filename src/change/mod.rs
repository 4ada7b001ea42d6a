//! What a change of a configuration does to who gets in: two configurations are asked the same requests.
//!
//! * `shape`: the servers of a configuration as their directives read, so that those that are alike on both sides are not
//!   asked at all
//! * `door`: the names and sockets by which clients come to servers
//! * `words`: what the directives of both sides may tell requests apart by: paths, methods, addresses, headers, users
//! * `probe`: requests made of those
//! * `kind`: what two answers to one request have to do with each other
//!
//! Complete it is in this sense: whatever part of a request a directive of either side looks at, that part takes each value
//! that the directives name, and one that they do not name; each of them alone, and many together. A difference that shows
//! only where three parts of a request are as three directives want them may be missed.

mod door;
mod kind;
mod probe;
mod shape;
mod words;

pub use kind::{Class, Kind, Told, between};

use crate::map::decided;
use crate::policy::answer::Prediction;
use crate::policy::either::Policy;
use crate::policy::files::Files;
use crate::policy::request::Request;
use crate::source::Location;
use door::Door;
use probe::Probes;
use shape::Shape;
use std::collections::{HashMap, HashSet};
use words::Words;

/// Requests with several parts that are asked of both sides, about as many.
const MOST: usize = 100_000;

/// Those to one pair of servers, at least and at most.
const OF_ONE: std::ops::RangeInclusive<usize> = 500..=4_000;

/// Paths that come to the same places, for the same reasons, of which every one is asked with everything.
const ALIKE: usize = 2;

/// By a further name of the same servers, one in so many requests is asked.
const OTHERS: usize = 16;

/// Where a request came to on both sides, and why it got what it got.
type Signature = (kind::Signature, kind::Signature);

/// The numbers of the servers that answer on both sides.
type Servers = (usize, usize);

/// One side of a comparison.
#[derive(Clone, Copy)]
pub struct Side<'s, 'p> {
    /// The configuration.
    pub policy: &'s Policy<'p>,
    /// The way to its files.
    pub files: Files<'s>,
}

impl Side<'_, '_> {
    fn predict(&self, request: &Request) -> Prediction {
        self.policy.predict(self.files, request)
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
        (self.kind, self.old.decided, self.new.decided)
    }
}

/// What changes for one request; `None` where nothing does.
#[must_use]
pub fn compare(
    old: &Prediction,
    new: &Prediction,
    request: &Request,
) -> Option<(Kind, Told, Told)> {
    let kind = kind::of(old, new, has_login(request))?;
    let tell = |prediction: &Prediction| {
        let decided = match kind {
            Kind::ForwardedChanged => prediction.answer.forwarded.set_at,
            _ => decided(prediction),
        };
        Told::of(prediction, decided)
    };
    Some((kind, tell(old), tell(new)))
}

/// What changes for `request`, told of the simplest request that it is so for: where a login has nothing to do with it,
/// without one.
#[must_use]
pub fn of(old: Side<'_, '_>, new: Side<'_, '_>, request: Request) -> Option<Change> {
    let (before, after) = (old.predict(&request), new.predict(&request));
    let (kind, before, after) = compare(&before, &after, &request)?;
    let change = Change { kind, request, old: before, new: after, places: 1 };
    if !has_login(&change.request) {
        return Some(change);
    }
    let mut stranger = change.request.clone();
    stranger.credential = None;
    stranger.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(b"authorization"));
    let simpler = of(old, new, stranger);
    let is_same = |simpler: &Change| {
        simpler.kind == kind || (simpler.kind, kind) == (Kind::NowOpen, Kind::NowPassed)
    };
    Some(simpler.filter(is_same).unwrap_or(change))
}

/// Whether a request comes with a login.
#[must_use]
pub fn has_login(request: &Request) -> bool {
    request.credential.is_some() || request.header(b"authorization").is_some()
}

/// Every change that requests show, each cause once, in the order in which they were found.
#[must_use]
pub fn changes(old: Side<'_, '_>, new: Side<'_, '_>) -> Vec<Change> {
    let shapes = (Shape::of(old.policy), Shape::of(new.policy));
    let doors: Vec<(Door, usize, usize)> = doors(old, new, &shapes);
    let mut found = Found::default();
    let mut vocabularies: HashMap<Servers, Words> = HashMap::new();
    let mut known: HashSet<(Servers, Vec<Vec<u8>>)> = HashSet::new();
    let pairs: HashSet<Servers> = doors.iter().map(|door| (door.1, door.2)).collect();
    let each = (MOST / pairs.len().max(1)).clamp(*OF_ONE.start(), *OF_ONE.end());
    for (door, before, after) in doors {
        let servers = (before, after);
        let words = vocabularies.entry(servers).or_insert_with(|| {
            let mut words = Words::default();
            shapes.0.read(old.policy, before, &mut words);
            shapes.1.read(new.policy, after, &mut words);
            words.finish();
            words
        });
        let probes = Probes::new(&door, words);
        // paths that come to the same places for the same reasons: a few stand for all of them
        let mut alike: HashMap<_, usize> = HashMap::new();
        let mut paths = Vec::new();
        for request in probes.paths() {
            let path = request.target.clone();
            let signature = found.ask(old, new, request, servers);
            let count = alike.entry(signature).or_default();
            *count += 1;
            if *count <= ALIKE {
                paths.push(path);
            }
        }
        // a further name of the same servers that makes no difference
        let is_new = known.insert((servers, paths.clone()));
        for request in probes.more(&paths, each).step_by(if is_new { 1 } else { OTHERS }) {
            found.ask(old, new, request, servers);
        }
    }
    found.changes
}

/// The doors behind which the two sides may not be alike, each with the servers that it leads to.
fn doors(
    old: Side<'_, '_>,
    new: Side<'_, '_>,
    shapes: &(Shape, Shape),
) -> Vec<(Door, usize, usize)> {
    let is_all = shapes.0.outside != shapes.1.outside
        || shapes.0.hands_on_to(old.policy, &shapes.1)
        || shapes.1.hands_on_to(new.policy, &shapes.0);
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    // many names lead to the same servers: a few of them show what there is to see
    let mut names: HashMap<Servers, usize> = HashMap::new();
    for door in door::of(old.policy).into_iter().chain(door::of(new.policy)) {
        if !seen.insert(door.clone()) {
            continue;
        }
        let before = shapes.0.server(old.policy, &door);
        let after = shapes.1.server(new.policy, &door);
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
    /// Asks both sides; gives back what tells this request from others: where it came to, and why it got what it got.
    fn ask(
        &mut self,
        old: Side<'_, '_>,
        new: Side<'_, '_>,
        request: Request,
        servers: Servers,
    ) -> Signature {
        let (before, after) = (old.predict(&request), new.predict(&request));
        let signature = (kind::signature(&before), kind::signature(&after));
        if compare(&before, &after, &request).is_none() {
            return signature;
        }
        let Some(change) = of(old, new, request) else { return signature };
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
