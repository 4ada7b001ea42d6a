//! The effective auth of every place of a configuration: what each kind of client gets there, and which directive decides.
//!
//! * `spot`: the places of either server in common words, each with a request that comes by
//! * `client`: the kinds of clients that a place tells apart
//! * `gets`: what a client gets, in short
//! * `users`: the other way round: each user with the places that it opens
//!
//! Nothing here judges: a request is made for each place and each kind of client, and the evaluator is asked.

mod client;
mod gets;
mod spot;
mod users;

pub use client::{Client, Mechanism};
pub use gets::{Access, Gets};
pub use spot::{Spot, spots};
pub use users::{Group, User, Users};

use crate::policy::answer::{Outcome, Prediction};
use crate::policy::either::Policy;
use crate::policy::files::Files;
use crate::policy::request::Request;
use crate::source::Location;
use client::Clients;

/// The methods that are asked about where a place tells methods apart.
pub const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// Places that are not worth a thread of their own.
const ALONE: usize = 500;

/// What the clients of one place get, for the methods with which they get the same.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The place: an index into [`Map::spots`].
    pub spot: usize,
    /// The methods.
    pub methods: Vec<&'static str>,
    /// What somebody gets whom nobody knows: from outside, without a login. `None` where no request comes here.
    pub anonymous: Option<Gets>,
    /// What every other kind of client gets that the place may tell apart.
    pub clients: Vec<(Client, Gets)>,
    /// The ways to prove oneself that the place has.
    pub mechanisms: Vec<Mechanism>,
    /// The directive that decides what a stranger gets; `None` where nothing is asked.
    pub decided: Option<Location>,
    /// Whether the request comes to this place, and not to another that takes it first.
    pub reached: bool,
}

impl Entry {
    /// What a stranger gets as far as access goes; `None` where no request comes here.
    #[must_use]
    pub fn access(&self) -> Option<Access> {
        self.anonymous.as_ref().filter(|_| self.reached).map(Gets::access)
    }

    /// What somebody with a login gets; `None` where there is no login to have.
    #[must_use]
    pub fn authenticated(&self) -> Option<&Gets> {
        let mut logins = self.clients.iter().filter(|(client, _)| client.is_login());
        // of several, the one that gets furthest
        let first = &logins.next()?.1;
        Some(logins.fold(first, |best, (_, gets)| if gets < best { gets } else { best }))
    }
}

/// Every place with what its clients get.
#[derive(Debug)]
pub struct Map {
    /// The places, in the order of the configuration.
    pub spots: Vec<Spot>,
    /// What their clients get, in the same order.
    pub entries: Vec<Entry>,
}

impl Map {
    /// Asks `policy` about every place that `wanted` wants.
    #[must_use]
    pub fn of(policy: &Policy<'_>, files: Files<'_>, wanted: impl Fn(&Spot) -> bool) -> Self {
        let spots: Vec<Spot> = spots(policy).into_iter().filter(|spot| wanted(spot)).collect();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        // each thread asks about a run of places: together they are in order
        let share = spots.len().div_ceil(cores).max(ALONE);
        let ask = |number: usize, spots: &[Spot]| -> Vec<Entry> {
            let mut clients = Clients::new(policy);
            let numbered = spots.iter().zip(number * share..);
            numbered
                .flat_map(|(spot, number)| entries(policy, files, &mut clients, spot, number))
                .collect()
        };
        let entries = std::thread::scope(|scope| {
            let shares = spots.chunks(share).enumerate();
            let mut threads: Vec<_> = shares
                .map(|(number, spots)| (number, spots, scope.spawn(move || ask(number, spots))))
                .collect();
            let mut all = Vec::with_capacity(spots.len());
            for (number, spots, thread) in threads.drain(..) {
                // a thread does not fail; if one did, this one does its work
                all.extend(thread.join().unwrap_or_else(|_| ask(number, spots)));
            }
            all
        });
        Self { spots, entries }
    }
}

/// What comes of one place: an entry for each group of methods.
fn entries(
    policy: &Policy<'_>,
    files: Files<'_>,
    clients: &mut Clients<'_, '_>,
    spot: &Spot,
    number: usize,
) -> Vec<Entry> {
    let (known, mechanisms) = clients.of(spot.place);
    let Some(witness) = &spot.witness else {
        return vec![Entry {
            spot: number,
            methods: METHODS.to_vec(),
            anonymous: None,
            clients: Vec::new(),
            mechanisms,
            decided: None,
            reached: false,
        }];
    };
    let asked: &[&'static str] =
        if clients.tells_methods_apart(spot.place) { &METHODS } else { &METHODS[..1] };
    let mut groups: Vec<Entry> = Vec::new();
    for &method in asked {
        let mut request = Request { method: method.as_bytes().to_vec(), ..witness.clone() };
        let prediction = policy.predict(files, &request);
        let anonymous = Gets::of(&prediction);
        let all: Vec<(Client, Gets)> = known
            .iter()
            .map(|client| {
                let gets = client.ask(&mut request, |request| policy.predict(files, request));
                (client.clone(), gets)
            })
            .collect();
        let same = groups.iter_mut().find(|group| {
            let is_same = |a: &Gets, b: &Gets| a.access() == b.access();
            group.anonymous.as_ref().is_some_and(|known| is_same(known, &anonymous))
                && group.clients.iter().zip(&all).all(|(a, b)| is_same(&a.1, &b.1))
        });
        if let Some(same) = same {
            same.methods.push(method);
            continue;
        }
        groups.push(Entry {
            spot: number,
            methods: vec![method],
            anonymous: Some(anonymous),
            clients: all,
            mechanisms: mechanisms.clone(),
            decided: decided(&prediction),
            reached: spot.is_reached(&prediction),
        });
    }
    if let [only] = &mut *groups {
        only.methods = METHODS.to_vec();
    }
    groups
}

/// The directive that decides: of a refusal the one that refuses, of a request that passes the last one that had a say in
/// its access.
#[must_use]
pub fn decided(prediction: &Prediction) -> Option<Location> {
    let answer = &prediction.answer;
    let access = ["access", "authentication", "authorization"];
    let mut steps = answer.steps.iter().rev();
    let access = steps.find(|step| step.depth == 0 && access.contains(&step.phase));
    match answer.outcome {
        Outcome::Answered(401 | 403) | Outcome::Passed(_) | Outcome::Anything => {
            let decided = answer.decided.and_then(|step| answer.steps.get(step));
            let refused = matches!(answer.outcome, Outcome::Answered(_));
            if refused { decided.or(access)?.at } else { access?.at }
        }
        Outcome::Answered(status) => {
            let decided = answer.steps.get(answer.decided?)?;
            // the handler's own answer says nothing of access
            let is_own = status < 300 && decided.phase == "content";
            if is_own || gets::is_let_in(prediction) { access?.at } else { decided.at }
        }
    }
}
