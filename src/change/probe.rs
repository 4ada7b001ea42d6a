//! Requests that come in at one door: each path alone, each path with each other part, and then many parts together, drawn
//! always in the same order.

use super::door::Door;
use super::words::Words;
use crate::policy::request::{Credential, Request};

/// The requests of one door.
pub(super) struct Probes<'w> {
    door: &'w Door,
    words: &'w Words,
    /// How many there are.
    most: usize,
    next: usize,
    /// The state of the draws.
    state: u64,
}

/// What is different from a stranger's GET.
#[derive(Clone, Copy)]
enum Factor {
    Method(usize),
    Address(usize),
    User(usize),
    Header(usize),
    Query(usize),
}

impl<'w> Probes<'w> {
    /// Some `most` requests.
    pub(super) fn new(door: &'w Door, words: &'w Words, most: usize) -> Self {
        Self { door, words, most, next: 0, state: 0x9e37_79b9_7f4a_7c15 }
    }

    fn factors(&self) -> [usize; 5] {
        let words = self.words;
        [
            words.users.len(),
            words.methods.len(),
            words.addresses.len(),
            words.headers.len(),
            words.queries.len(),
        ]
    }

    /// The factor with this number.
    fn factor(&self, mut number: usize) -> Factor {
        let kinds = [Factor::User, Factor::Method, Factor::Address, Factor::Header, Factor::Query];
        for (kind, count) in kinds.into_iter().zip(self.factors()) {
            if number < count {
                return kind(number);
            }
            number -= count;
        }
        Factor::User(0)
    }

    fn apply(&self, request: &mut Request, factor: Factor) {
        let words = self.words;
        match factor {
            Factor::Method(at) => request.method.clone_from(&words.methods[at]),
            Factor::Address(at) => request.from = words.addresses[at],
            Factor::User(at) => {
                let user = words.users[at].clone();
                request.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(b"authorization"));
                request.credential = Some(Credential::Basic { user, password: None });
            }
            Factor::Header(at) => {
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
            Factor::Query(at) => {
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

impl Iterator for Probes<'_> {
    type Item = Request;

    fn next(&mut self) -> Option<Request> {
        let (paths, factors) = (self.words.paths.len(), self.factors().iter().sum::<usize>());
        let at = self.next;
        self.next += 1;
        let path = |at: usize| self.door.request(&self.words.paths[at]);
        if at < paths {
            return Some(path(at));
        }
        let single = paths * factors;
        if at < paths + single && paths + single <= self.most * 4 {
            // the same factor at every path before the next one: what is not asked any more is the rarest
            let mut request = path((at - paths) % paths);
            let factor = self.factor((at - paths) / paths);
            self.apply(&mut request, factor);
            return Some(request);
        }
        let asked = if paths + single <= self.most * 4 { paths + single } else { paths };
        if at >= (asked + self.most / 4).max(self.most) {
            return None;
        }
        let start = self.draw(paths);
        let mut request = self.door.request(&self.words.paths[start]);
        for _ in 0..=self.draw(4) {
            // kinds of factors are drawn alike, however many of them there are
            let kind = self.draw(5);
            let counts = self.factors();
            if counts[kind] > 0 {
                let before: usize = counts[..kind].iter().sum();
                let number = before + self.draw(counts[kind]);
                let factor = self.factor(number);
                self.apply(&mut request, factor);
            }
        }
        Some(request)
    }
}
