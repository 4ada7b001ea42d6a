//! Unknowns and the worlds that they allow.
//!
//! The evaluator is plain code that asks a [`World`] whenever the configuration leaves something open. The first run takes
//! the first option of each question; [`explore`] runs it again for every option that was passed over, so that what comes
//! out is every answer that is possible, each with what it depends on. The same question has the same answer throughout
//! a world.

use crate::source::Location;

/// Worlds that are looked at before an answer is given up as unknown.
pub const MOST_WORLDS: usize = 64;

/// Questions that one world may ask.
const MOST_QUESTIONS: usize = 48;

/// Something that the configuration does not say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cause {
    /// The place that leaves it open.
    pub at: Option<Location>,
    /// What is open, as in "depends on …": "whether `users` knows alice".
    pub text: String,
}

impl Cause {
    /// `text`, left open at `at`.
    #[must_use]
    pub fn new(at: impl Into<Option<Location>>, text: impl Into<String>) -> Self {
        Self { at: at.into(), text: text.into() }
    }
}

/// A question, and which of its options this world takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is asked.
    pub cause: Cause,
    options: u8,
    /// The option that the first world takes.
    first: u8,
    /// Which world of this question it is, from 0.
    taken: u8,
}

impl Choice {
    /// The option taken, from 0.
    #[must_use]
    pub fn option(&self) -> u8 {
        if self.first == 0 { self.taken } else { (self.taken + self.first) % self.options }
    }
}

/// One way in which everything that is open may be.
#[derive(Debug, Default)]
pub struct World {
    trail: Vec<Choice>,
    asked: usize,
    exhausted: bool,
    /// Whether only what is usual is looked at.
    is_usual: bool,
}

impl World {
    /// Which of `options` holds in this world for `cause`; the same one each time it is asked.
    pub fn choose(&mut self, cause: Cause, options: u8) -> u8 {
        self.choose_from(cause, options, 0)
    }

    /// The same where the options from `usual` on are rare: they are left out where all of them make too much possible.
    pub fn choose_usual(&mut self, cause: Cause, usual: u8, options: u8) -> u8 {
        self.choose(cause, if self.is_usual { usual } else { options })
    }

    /// The same where the first world takes the option `first`.
    fn choose_from(&mut self, cause: Cause, options: u8, first: u8) -> u8 {
        if let Some(known) = self.trail[..self.asked].iter().find(|choice| choice.cause == cause) {
            return known.option().min(options.saturating_sub(1));
        }
        if self.asked == self.trail.len() {
            if self.trail.len() >= MOST_QUESTIONS {
                self.exhausted = true;
                return 0;
            }
            self.trail.push(Choice { cause, options, first, taken: 0 });
        }
        self.asked += 1;
        self.trail[self.asked - 1].option()
    }

    /// Whether what `cause` names is so in this world.
    pub fn holds(&mut self, cause: Cause) -> bool {
        self.choose(cause, 2) == 0
    }

    /// The same where `first` is what the story begins with.
    pub fn holds_or(&mut self, cause: Cause, first: bool) -> bool {
        self.choose_from(cause, 2, u8::from(!first)) == 0
    }

    /// The same where the other way is rare.
    pub fn holds_usually(&mut self, cause: Cause, first: bool) -> bool {
        if self.is_usual { first } else { self.holds_or(cause, first) }
    }

    /// Whether what `cause` names was asked in this world, and is so.
    pub fn is_known(&self, cause: &Cause) -> bool {
        let asked = &self.trail[..self.asked];
        asked.iter().any(|choice| choice.cause == *cause && choice.option() == 0)
    }

    /// Goes on to the next world; `false` when all have been seen.
    fn next(&mut self) -> bool {
        self.asked = 0;
        while let Some(last) = self.trail.last_mut() {
            last.taken += 1;
            if last.taken < last.options {
                return true;
            }
            self.trail.pop();
        }
        false
    }
}

/// What came out in every world.
#[derive(Debug)]
pub struct Explored<T> {
    /// The choices of each world and what came out in it, in the order they were looked at. Never empty.
    pub worlds: Vec<(Vec<Choice>, T)>,
    /// Whether these are all the worlds there are.
    pub complete: bool,
}

/// Runs `evaluate` in every world, at most in [`MOST_WORLDS`].
pub fn explore<T>(evaluate: impl FnMut(&mut World) -> T) -> Explored<T> {
    explore_from(World::default(), evaluate)
}

/// The same, but without what is rare: these are not all the worlds there are.
pub fn explore_usual<T>(evaluate: impl FnMut(&mut World) -> T) -> Explored<T> {
    let explored = explore_from(World { is_usual: true, ..World::default() }, evaluate);
    Explored { complete: false, ..explored }
}

fn explore_from<T>(mut world: World, mut evaluate: impl FnMut(&mut World) -> T) -> Explored<T> {
    let mut worlds = Vec::new();
    loop {
        let answer = evaluate(&mut world);
        // questions of an earlier world that this one never came to
        world.trail.truncate(world.asked);
        worlds.push((world.trail.clone(), answer));
        if !world.next() {
            return Explored { worlds, complete: !world.exhausted };
        }
        if worlds.len() >= MOST_WORLDS {
            return Explored { worlds, complete: false };
        }
    }
}

impl<T> Explored<T> {
    /// The questions on which `key` of what came out depends: those where a world and one that differs from it there
    /// first do not lead to the same.
    pub fn causes<K: PartialEq>(&self, key: impl Fn(&T) -> K) -> Vec<Cause> {
        let mut causes: Vec<Cause> = Vec::new();
        // worlds are in the order of a tree: two neighbours part at their first difference
        let keys: Vec<K> = self.worlds.iter().map(|(_, answer)| key(answer)).collect();
        let deepest = self.worlds.iter().map(|(trail, _)| trail.len()).max().unwrap_or(0);
        for depth in 0..deepest {
            let mut start = 0;
            while start < self.worlds.len() {
                let end = start + self.same_way(start, depth);
                let asked = self.worlds[start].0.get(depth).map(|choice| &choice.cause);
                if let Some(cause) = asked
                    && keys[start + 1..end].iter().any(|other| *other != keys[start])
                    && self.parts_at(start, end, depth, &keys)
                    && !causes.contains(cause)
                {
                    causes.push(cause.clone());
                }
                start = end;
            }
        }
        causes
    }

    /// How many worlds from `start` on share its first `depth` choices.
    fn same_way(&self, start: usize, depth: usize) -> usize {
        let way = |at: usize| self.worlds[at].0.iter().take(depth).map(|choice| choice.taken);
        (start..self.worlds.len()).take_while(|&at| way(at).eq(way(start))).count()
    }

    /// Whether the options at `depth` lead to different sets of keys among the worlds `start..end`.
    fn parts_at<K: PartialEq>(&self, start: usize, end: usize, depth: usize, keys: &[K]) -> bool {
        let option = |at: usize| self.worlds[at].0.get(depth).map(|choice| choice.taken);
        let mut at = start;
        let mut groups: Vec<&[K]> = Vec::new();
        while at < end {
            let length = (at..end).take_while(|&other| option(other) == option(at)).count();
            groups.push(&keys[at..at + length]);
            at += length;
        }
        let covers = |a: &[K], b: &[K]| b.iter().all(|key| a.contains(key));
        groups.windows(2).any(|pair| !covers(pair[0], pair[1]) || !covers(pair[1], pair[0]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cause(text: &str) -> Cause {
        Cause::new(None, text)
    }

    #[test]
    fn every_world_is_seen_once() {
        let all = explore(|world| {
            if world.holds(cause("a")) {
                return (0, 0);
            }
            (1, world.choose(cause("b"), 3) + u8::from(world.holds(cause("a"))))
        });
        let answers: Vec<_> = all.worlds.iter().map(|(_, answer)| *answer).collect();
        assert_eq!(answers, [(0, 0), (1, 0), (1, 1), (1, 2)]);
        assert!(all.complete);
    }

    #[test]
    fn only_what_matters_is_a_cause() {
        let all = explore(|world| {
            let _ = world.holds(cause("is never looked at"));
            if world.holds(cause("decides")) { 200 } else { 401 }
        });
        assert_eq!(all.causes(|status| *status), [cause("decides")]);
    }

    #[test]
    fn what_is_rare_can_be_left_out() {
        let ask = |world: &mut World| world.choose_usual(cause("a"), 2, 3);
        let answers =
            |all: Explored<u8>| all.worlds.into_iter().map(|(_, it)| it).collect::<Vec<_>>();
        assert_eq!(answers(explore(ask)), [0, 1, 2]);
        assert!(!explore_usual(ask).complete);
        assert_eq!(answers(explore_usual(ask)), [0, 1]);
    }

    #[test]
    fn too_many_worlds_are_given_up() {
        let all = explore(|world| (0..20).filter(|n| world.holds(cause(&n.to_string()))).count());
        assert_eq!(all.worlds.len(), MOST_WORLDS);
        assert!(!all.complete);
    }
}
