//! Requests that come in at one door: each path alone, then the paths that stand for all others with each other part, and
//! then with many parts together, drawn always in the same order.

use super::door::Door;
use super::words::Words;
use crate::policy::request::{Credential, Request};

/// Paths with every single factor are asked about as long as that makes no more requests than this.
const SINGLES: usize = 12_000;

/// Makes the requests of one door.
pub(super) struct Probes<'w> {
    door: &'w Door,
    words: &'w Words,
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
    pub(super) fn new(door: &'w Door, words: &'w Words) -> Self {
        Self { door, words, state: 0x9e37_79b9_7f4a_7c15 }
    }

    /// A stranger's GET for each path.
    pub(super) fn paths(&self) -> impl Iterator<Item = Request> + use<'w> {
        let (door, words) = (self.door, self.words);
        words.paths.iter().map(|path| door.request(path))
    }

    /// Each of `paths` with each factor, and `count` requests with several.
    pub(super) fn more(mut self, paths: &[Vec<u8>], count: usize) -> impl Iterator<Item = Request> {
        let factors = self.factors().iter().sum::<usize>();
        let singles = paths.len() * factors;
        let singles = if singles <= SINGLES { singles } else { 0 };
        (0..singles + count).map(move |at| {
            if at < singles {
                let mut request = self.door.request(&paths[at % paths.len()]);
                let factor = self.factor(at / paths.len());
                self.apply(&mut request, factor);
                return request;
            }
            let start = self.draw(paths.len());
            let path = paths.get(start).map_or(&b"/"[..], |path| path);
            let mut request = self.door.request(path);
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
            request
        })
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
