//! Requests to one pair of servers, led by what comes of them: each path alone; what comes to something new with each other
//! part of a request; and many parts together, drawn always in the same order.

use super::door::Door;
use super::words::Words;
use crate::policy::request::{Credential, Request};
use std::collections::HashMap;

/// Paths that come to the same places, for the same reasons, of which every one is asked with everything.
const ALIKE: usize = 2;

/// Parts that each request that came to something new is asked with, at least.
const PARTS: usize = 24;

/// Requests that are drawn without coming to anything new before no more are.
const PATIENCE: usize = 1_000;

/// By a further name of the same servers, one in so many requests is asked.
const OTHERS: usize = 16;

/// What tells requests apart that come to other places, or get there in another way.
pub(super) type Signature = u64;

/// The requests to one pair of servers.
pub(super) struct Search {
    words: Words,
    /// How many requests came to the same.
    seen: HashMap<Signature, usize>,
    /// Those that came to something new.
    pool: Vec<Request>,
    /// Whether nothing was asked yet.
    is_first: bool,
    /// The state of the draws.
    state: u64,
}

/// What is different from a stranger's GET.
#[derive(Clone, Copy)]
enum Part {
    User(usize),
    Method(usize),
    Address(usize),
    Header(usize),
    Query(usize),
}

impl Search {
    pub(super) fn new(words: Words) -> Self {
        let (seen, pool) = (HashMap::new(), Vec::new());
        Self { words, seen, pool, is_first: true, state: 0x9e37_79b9_7f4a_7c15 }
    }

    /// Asks about `budget` requests that come in at `door`; far fewer where the same servers were asked by another name.
    pub(super) fn explore(
        &mut self,
        door: &Door,
        budget: usize,
        ask: &mut dyn FnMut(Request) -> Signature,
    ) {
        let first = self.pool.len();
        let known: Vec<Request> = self.pool.iter().map(|known| door.lead(known)).collect();
        for request in known {
            self.ask(request, 1, ask);
        }
        let mut left = budget / OTHERS;
        if self.is_first {
            self.is_first = false;
            left = budget;
            for at in 0..self.words.paths.len().min(budget / 2) {
                let request = door.request(&self.words.paths[at]);
                self.ask(request, ALIKE, ask);
            }
        }
        let kept = left / 2;
        let counts = self.counts();
        let count = counts.iter().sum::<usize>();
        let mut next = first;
        let mut idle = 0;
        while left > 0 && idle < PATIENCE {
            let waiting = self.pool.len() - next;
            if waiting == 0 || left < kept {
                left -= 1;
                let request = self.drawn(door);
                let known = self.pool.len();
                self.ask(request, 1, ask);
                idle = if self.pool.len() > known { 0 } else { idle + 1 };
                continue;
            }
            // all parts where there is room for them; otherwise users and methods, and some of the others
            let some = ((left - kept) / waiting).max(PARTS).min(count);
            let always = if some < count { (counts[0] + counts[1]).min(some) } else { count };
            let start = self.draw(count);
            for number in 0..some {
                let mut request = self.pool[next].clone();
                let number = if number < always {
                    number
                } else {
                    let step = (count - always) / (some - always);
                    always + (start + (number - always) * step) % (count - always)
                };
                let part = self.part(number);
                self.put(&mut request, part);
                self.ask(request, 1, ask);
            }
            left = left.saturating_sub(some);
            next += 1;
        }
    }

    fn ask(&mut self, request: Request, alike: usize, ask: &mut dyn FnMut(Request) -> Signature) {
        let count = self.seen.entry(ask(request.clone())).or_default();
        *count += 1;
        if *count <= alike {
            self.pool.push(request);
        }
    }

    /// A request with parts of those that came to something new, and further ones.
    fn drawn(&mut self, door: &Door) -> Request {
        let one = |search: &mut Self| {
            let at = search.draw(search.pool.len());
            search.pool.get(at).map_or_else(|| door.request(b"/"), |known| door.lead(known))
        };
        let mut request = one(self);
        if self.draw(2) == 0 {
            let other = one(self);
            match self.draw(4) {
                0 => request.target = other.target,
                1 => request.method = other.method,
                2 => request.from = other.from,
                _ => (request.headers, request.credential) = (other.headers, other.credential),
            }
        }
        if self.draw(4) == 0 {
            let at = self.draw(self.words.paths.len());
            request.target.clone_from(&self.words.paths[at]);
        }
        for _ in 0..self.draw(4) {
            // kinds of parts are drawn alike, however many of them there are
            let kind = self.draw(5);
            let counts = self.counts();
            if counts[kind] > 0 {
                let before: usize = counts[..kind].iter().sum();
                let number = before + self.draw(counts[kind]);
                let part = self.part(number);
                self.put(&mut request, part);
            }
        }
        request
    }

    fn counts(&self) -> [usize; 5] {
        let words = &self.words;
        [
            words.users.len(),
            words.methods.len(),
            words.addresses.len(),
            words.headers.len(),
            words.queries.len(),
        ]
    }

    /// The part with this number.
    fn part(&self, mut number: usize) -> Part {
        let kinds = [Part::User, Part::Method, Part::Address, Part::Header, Part::Query];
        for (kind, count) in kinds.into_iter().zip(self.counts()) {
            if number < count {
                return kind(number);
            }
            number -= count;
        }
        Part::User(0)
    }

    fn put(&self, request: &mut Request, part: Part) {
        let words = &self.words;
        match part {
            Part::Method(at) => request.method.clone_from(&words.methods[at]),
            Part::Address(at) => request.from = words.addresses[at],
            Part::User(at) => {
                let user = words.users[at].clone();
                request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(b"authorization"));
                request.credential = Some(Credential::Basic { user, password: None });
            }
            Part::Header(at) => {
                let (name, value) = &words.headers[at];
                if name.eq_ignore_ascii_case(b"authorization") {
                    request.credential = None;
                }
                request.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
                if name.eq_ignore_ascii_case(b"host") {
                    request.host = Some(value.clone());
                } else {
                    request.headers.push((name.clone(), value.clone()));
                }
            }
            Part::Query(at) => {
                if !request.target.contains(&b'?') {
                    request.target.push(b'?');
                    request.target.extend_from_slice(&words.queries[at]);
                }
            }
        }
    }

    /// A number below `end`: xorshift.
    fn draw(&mut self, end: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) as usize % end.max(1)
    }
}
