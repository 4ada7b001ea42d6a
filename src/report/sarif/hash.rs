//! The hash of a line by which GitHub knows a result again: `primaryLocationLineHash`, as its upload action computes it.

use crate::config::Project;
use crate::report::window::mask;
use crate::source::FileId;
use std::collections::HashMap;

/// How many characters from the start of a line are hashed.
const BLOCK: usize = 100;

/// The base of the rolling hash.
const BASE: u64 = 37;

/// What follows the last character.
const END: u16 = 0xFFFF;

/// The hash of every line of a file, the first line's first. Secrets are masked: a hash of a short text gives it away.
pub(super) fn of_lines(project: &Project, file: FileId) -> Vec<String> {
    let mut bytes = project.sources.get(file).bytes().to_vec();
    mask(project, file, 0, &mut bytes);
    of_text(&String::from_utf8_lossy(&bytes))
}

fn of_text(text: &str) -> Vec<String> {
    let mut hasher = Hasher::new();
    let mut after_cr = false;
    for unit in text.encode_utf16().chain([END]) {
        let is_blank = unit == u16::from(b' ') || unit == u16::from(b'\t');
        let is_second = after_cr && unit == u16::from(b'\n');
        after_cr = unit == u16::from(b'\r');
        if is_blank || is_second {
            continue;
        }
        hasher.add(if after_cr { u16::from(b'\n') } else { unit });
    }
    hasher.finish()
}

/// A window of characters that moves along the text.
struct Hasher {
    window: [u16; BLOCK],
    /// Whether a line starts at each character of the window.
    starts: [bool; BLOCK],
    at: usize,
    hash: u64,
    /// `BASE` to the power of `BLOCK`: the weight of the character that leaves.
    first: u64,
    at_start: bool,
    lines: Vec<String>,
    counts: HashMap<u64, u32>,
}

impl Hasher {
    fn new() -> Self {
        Self {
            window: [0; BLOCK],
            starts: [false; BLOCK],
            at: 0,
            hash: 0,
            first: (0..BLOCK).fold(1, |power: u64, _| power.wrapping_mul(BASE)),
            at_start: true,
            lines: Vec::new(),
            counts: HashMap::new(),
        }
    }

    fn add(&mut self, unit: u16) {
        self.settle();
        self.starts[self.at] = self.at_start;
        self.at_start = unit == u16::from(b'\n');
        self.shift(unit);
    }

    /// A line that starts where the window begins is hashed now that the window is full of it.
    fn settle(&mut self) {
        if std::mem::take(&mut self.starts[self.at]) {
            let count = self.counts.entry(self.hash).or_default();
            *count += 1;
            self.lines.push(format!("{:x}:{count}", self.hash));
        }
    }

    fn shift(&mut self, unit: u16) {
        let leaves = u64::from(std::mem::replace(&mut self.window[self.at], unit));
        let hash = self.hash.wrapping_mul(BASE).wrapping_add(u64::from(unit));
        self.hash = hash.wrapping_sub(self.first.wrapping_mul(leaves));
        self.at = (self.at + 1) % BLOCK;
    }

    fn finish(mut self) -> Vec<String> {
        for _ in 0..BLOCK {
            self.settle();
            self.shift(0);
        }
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::of_text;

    #[test]
    fn hashes_are_those_of_the_upload_action() {
        assert_eq!(of_text("x"), ["638816509450efbf:1"]);
        let all = of_text("a\r\n\r\nb é😀\tc\r\n");
        let known = [
            "f1ace23015ffa081:1",
            "5deceb511150483a:1",
            "9b1ddcb18179ddf8:1",
            "c129715d7a2bc9a3:1",
        ];
        assert_eq!(all, known);
    }

    #[test]
    fn equal_lines_are_counted() {
        let lines = of_text(&"y\n".repeat(300));
        assert_eq!(lines.len(), 301);
        let (hash, count) = lines[150].split_once(':').expect("a count");
        assert_eq!(count, "151");
        assert_eq!(lines[0], format!("{hash}:1"));
    }
}
