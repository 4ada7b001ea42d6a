//! Dumps of a whole configuration in one text, taken apart into the files that it was read from.
//!
//! Two formats are known. One prints every file as it is, each below a line `# configuration file PATH:`. The other prints
//! the directives that took effect, each below its line number, with `# In file: PATH` where the file changes.

mod directives;
mod whole;

use super::{Memory, Span};
use std::path::PathBuf;

/// How a dump was printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DumpFormat {
    /// `# configuration file PATH:`, then the file as it is: `nginx -T`.
    Whole,
    /// `# In file: PATH`, then `# LINE:` and a directive: httpd's `DUMP_CONFIG`.
    Directives,
}

/// One file of a dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpFile {
    /// Its path. No two files of a dump share one.
    pub path: PathBuf,
    /// The path of the file that a person edits. Differs from `path` for the body of a macro, and for a file that was read
    /// several times with different results.
    pub name: String,
    /// Its text: every directive on the line that it has in the original.
    pub text: Vec<u8>,
    /// Where it stands in the dump: see [`DumpOrigin::runs`](super::DumpOrigin::runs).
    pub runs: Vec<(u32, u32)>,
}

/// A dump, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dump {
    /// How it was printed.
    pub format: DumpFormat,
    /// Its files, the main one first.
    pub files: Vec<DumpFile>,
}

impl Dump {
    /// The format of `text`, told from its first lines; `None` when it is no dump.
    #[must_use]
    pub fn format(text: &[u8]) -> Option<DumpFormat> {
        for line in Lines::new(text).take(64) {
            let line = line.of(text).trim_ascii();
            if whole::marker(line).is_some() {
                return Some(DumpFormat::Whole);
            }
            if directives::marker(line).is_some() {
                return Some(DumpFormat::Directives);
            }
            if !line.is_empty() && !is_message(line) {
                return None;
            }
        }
        None
    }

    /// Takes `text` apart; `None` when it is no dump.
    #[must_use]
    pub fn split(text: &[u8]) -> Option<Self> {
        let format = Self::format(text)?;
        let files = match format {
            DumpFormat::Whole => whole::split(text),
            DumpFormat::Directives => directives::split(text),
        };
        Some(Self { format, files })
    }

    /// Its files as a file system of their own.
    #[must_use]
    pub fn memory(&self) -> Memory {
        let mut memory = Memory::default();
        for file in &self.files {
            memory.insert(&file.path, file.text.as_slice());
        }
        memory
    }
}

/// Whether a line is something that the server says beside the dump, caught by `2>&1`.
fn is_message(line: &[u8]) -> bool {
    const STARTS: &[&[u8]] =
        &[b"nginx: ", b"AH", b"[", b"Syntax OK", b"(", b"httpd: ", b"apache2: "];
    // 2024/05/01 12:00:00 [warn] …
    let dated = line.len() > 20 && line[..4].iter().all(u8::is_ascii_digit) && line[4] == b'/';
    dated || STARTS.iter().any(|start| line.starts_with(start))
}

/// The lines of a text, each with its line end.
struct Lines<'t> {
    text: &'t [u8],
    at: usize,
}

impl<'t> Lines<'t> {
    fn new(text: &'t [u8]) -> Self {
        Self { text, at: 0 }
    }
}

impl Iterator for Lines<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        let rest = &self.text[self.at..];
        if rest.is_empty() {
            return None;
        }
        let end = self.at + memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        let line = Span::new(self.at as u32, end as u32);
        self.at = end;
        Some(line)
    }
}

#[cfg(test)]
mod tests;
