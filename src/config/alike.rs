//! The lines of a configuration, each different one once: what the text of a line decides alone is asked once of all that
//! are alike. A large configuration is mostly the same lines over and over.

use super::index::UNKNOWN;
use crate::source::{FileId, Sources, Span};
use crate::syntax::NodeId;

/// How many other lines one is compared with before it counts as different from all, though it may not be.
const PROBES: usize = 16;

/// The number of a line; lines that are alike share it.
pub(super) type Number = u32;

/// The different lines of a site, numbered, each with the number of its name.
#[derive(Debug, Default)]
pub(super) struct Lines {
    all: Vec<Line>,
    /// By hash: the number of a line and 1; as many as a power of two, and at most half of them in use.
    slots: Vec<u32>,
}

/// One of several lines that are alike.
#[derive(Clone, Copy, Debug)]
struct Line {
    hash: u32,
    file: FileId,
    head: Span,
    name: u16,
}

impl Lines {
    /// The number of the line `head` of `file`, and the number of its name, which `name` looks up. `alone`: the same text
    /// may mean something else in another place.
    #[inline]
    pub(super) fn number(
        &mut self,
        sources: &Sources,
        file: FileId,
        head: Span,
        alone: bool,
        name: impl FnOnce() -> u16,
    ) -> (Number, u16) {
        let text = head.of(sources.get(file).text());
        let hash = hash(text);
        if self.all.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let mask = self.slots.len() - 1;
        let mut free = None;
        let probes = if alone { 0 } else { PROBES };
        for probe in 0..probes {
            let slot = (hash as usize + probe) & mask;
            let Some(number) = self.slots[slot].checked_sub(1) else {
                free = Some(slot);
                break;
            };
            let line = self.all[number as usize];
            if line.hash == hash && line.head.of(sources.get(line.file).text()) == text {
                return (number, line.name);
            }
        }
        let name = name();
        self.all.push(Line { hash, file, head, name });
        let count = self.all.len() as u32;
        if let Some(slot) = free {
            self.slots[slot] = count;
        }
        (count - 1, name)
    }

    /// How many different lines there are.
    #[must_use]
    pub(super) fn count(&self) -> usize {
        self.all.len()
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(1 << 10);
        let mask = size - 1;
        let mut slots = vec![0; size];
        for &number in self.slots.iter().filter(|&&number| number > 0) {
            let hash = self.all[number as usize - 1].hash as usize;
            let free =
                (0..PROBES).map(|probe| (hash + probe) & mask).find(|&slot| slots[slot] == 0);
            if let Some(slot) = free {
                slots[slot] = number;
            }
        }
        self.slots = slots;
    }
}

/// A number that differs for most different texts.
#[inline]
fn hash(text: &[u8]) -> u32 {
    let mix =
        |state: u64, part: u64| (state.rotate_left(5) ^ part).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mut state = text.len() as u64;
    let (parts, rest) = text.as_chunks::<8>();
    for &part in parts {
        state = mix(state, u64::from_le_bytes(part));
    }
    // the last eight bytes again, rather than fewer
    let last = match text.last_chunk::<8>() {
        Some(&last) => u64::from_le_bytes(last),
        None => rest.iter().fold(0, |all, &byte| (all << 8) | u64::from(byte)),
    };
    state = mix(state, last);
    (state >> 32) as u32
}

/// The directives by their lines, and the lines by their names.
#[derive(Debug)]
pub(super) struct ByLine {
    /// The directives, by the number of their line, and where those of each line begin.
    members: Vec<(u32, NodeId)>,
    member_starts: Vec<u32>,
    /// The numbers of lines, by name, and where those of each name begin; names that the tables lack are the last.
    numbers: Vec<Number>,
    number_starts: Vec<u32>,
}

impl ByLine {
    /// Sorts the directives of `files`: the number of each node's line, by node. `names`: how many the tables know.
    #[must_use]
    pub(super) fn new<'n>(
        lines: &Lines,
        files: impl Iterator<Item = &'n [Number]> + Clone,
        names: usize,
    ) -> Self {
        let slot = |name: u16| if name == UNKNOWN { names } else { usize::from(name) };
        let of_lines = lines.all.iter().map(|line| slot(line.name));
        let (numbers, number_starts) = sorted(of_lines, names + 1);
        let each = files.clone().flatten().map(|&number| number as usize);
        let mut member_starts = starts(each, lines.all.len());
        let mut members = vec![(0, NodeId(0)); member_starts.last().map_or(0, |&all| all as usize)];
        for (file, nodes) in files.enumerate() {
            for (node, &number) in nodes.iter().enumerate() {
                let next = &mut member_starts[number as usize];
                members[*next as usize] = (file as u32, NodeId(node as u32));
                *next += 1;
            }
        }
        // each has moved to where the next one begins
        member_starts.rotate_right(1);
        member_starts[0] = 0;
        Self { members, member_starts, numbers, number_starts }
    }

    /// The numbers of the lines with this name; `None`: of those with a name that the tables lack.
    #[must_use]
    pub(super) fn numbers(&self, name: Option<usize>) -> &[Number] {
        let name = name.unwrap_or(self.number_starts.len() - 2);
        &self.numbers[self.number_starts[name] as usize..self.number_starts[name + 1] as usize]
    }

    /// The directives with this line, each as (number of the file, node), in the order of files and lines.
    #[must_use]
    pub(super) fn members(&self, number: Number) -> &[(u32, NodeId)] {
        let starts = &self.member_starts[number as usize..];
        &self.members[starts[0] as usize..starts[1] as usize]
    }
}

/// Where the things of each of `kinds` kinds begin when they are sorted by kind, and where the last ones end.
fn starts(all: impl Iterator<Item = usize>, kinds: usize) -> Vec<u32> {
    let mut starts = vec![0u32; kinds + 1];
    for kind in all {
        starts[kind + 1] += 1;
    }
    for kind in 0..kinds {
        starts[kind + 1] += starts[kind];
    }
    starts
}

/// The places of things, sorted by kind, and where those of each kind begin.
fn sorted(all: impl Iterator<Item = usize> + Clone, kinds: usize) -> (Vec<u32>, Vec<u32>) {
    let starts = starts(all.clone(), kinds);
    let mut next = starts.clone();
    let mut sorted = vec![0; next.last().map_or(0, |&count| count as usize)];
    for (index, kind) in all.enumerate() {
        sorted[next[kind] as usize] = index as u32;
        next[kind] += 1;
    }
    (sorted, starts)
}
