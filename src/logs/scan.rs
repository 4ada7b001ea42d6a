//! Finds the lines that matter: most lines of a log are neither 401 nor 403, and are never looked at.

use super::fold::Folded;
use crate::syntax::logs::{Format, is_error_line, phrases, read_error};
use aho_corasick::AhoCorasick;
use memchr::{memchr, memchr_iter, memmem, memrchr};

/// Lines by which it is told what a file is.
const SAMPLE: usize = 400;

/// What can be read.
#[derive(Debug)]
pub struct Scanner {
    formats: Vec<Format>,
    /// For each format, what stands before the status with the two digits that refusals begin with.
    needles: Vec<Option<memmem::Finder<'static>>>,
    phrases: AhoCorasick,
}

/// What a file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kind {
    /// The number of the format of its access lines.
    pub format: Option<usize>,
    /// Whether it has lines of an error log.
    pub errors: bool,
}

impl Scanner {
    /// `formats`: what a line may look like, the likeliest first.
    #[must_use]
    pub fn new(formats: Vec<Format>) -> Option<Self> {
        let needle = |format: &Format| {
            let before = format.before_status();
            let needle = [before, b"40"].concat();
            (!before.is_empty()).then(|| memmem::Finder::new(&needle).into_owned())
        };
        let needles = formats.iter().map(needle).collect();
        Some(Self { formats, needles, phrases: AhoCorasick::new(phrases()).ok()? })
    }

    /// A format by its number.
    #[must_use]
    pub fn format(&self, number: usize) -> &Format {
        &self.formats[number]
    }

    /// What a file is that begins with `block`; nothing where no line is understood.
    #[must_use]
    pub fn kind(&self, block: &[u8]) -> Kind {
        let mut read = vec![0; self.formats.len()];
        let mut kind = Kind::default();
        for line in lines(block).take(SAMPLE) {
            if is_error_line(line) {
                kind.errors = true;
                continue;
            }
            for (format, read) in self.formats.iter().zip(&mut read) {
                let entry = format.read(line);
                *read += usize::from(entry.is_some_and(|entry| (100..600).contains(&entry.status)));
            }
        }
        let best = read.iter().copied().max().unwrap_or(0);
        kind.format = read.iter().position(|&count| count == best && best > 0);
        kind
    }

    /// Counts the refusals in a block of whole lines.
    pub fn scan(&self, block: &[u8], kind: Kind, source: u16, folded: &mut Folded) {
        if let Some(number) = kind.format {
            let format = &self.formats[number];
            let mut take = |line: &[u8]| match format.read(line) {
                Some(entry) if matches!(entry.status, 401 | 403) => folded.add(source, &entry),
                Some(_) => {}
                None => folded.odd_lines += u64::from(!kind.errors || !is_error_line(line)),
            };
            match &self.needles[number] {
                Some(needle) => {
                    let length = needle.needle().len();
                    let mut from = 0;
                    while let Some(hit) = needle.find(&block[from..]) {
                        let at = from + hit;
                        from = at + length;
                        if matches!(block.get(from), Some(b'1' | b'3')) {
                            let (line, end) = line_at(block, at);
                            take(line);
                            from = end;
                        }
                    }
                }
                None => lines(block).for_each(take),
            }
        }
        if kind.errors {
            let mut from = 0;
            while let Some(hit) = self.phrases.find(&block[from..]) {
                let (line, end) = line_at(block, from + hit.start());
                if is_error_line(line)
                    && let Some(trouble) = read_error(line)
                {
                    folded.add_trouble(source, &trouble);
                }
                from = end;
            }
        }
    }
}

/// The line around `at`, and where it ends.
fn line_at(block: &[u8], at: usize) -> (&[u8], usize) {
    let start = memrchr(b'\n', &block[..at]).map_or(0, |end| end + 1);
    let end = memchr(b'\n', &block[at..]).map_or(block.len(), |length| at + length);
    (chomped(&block[start..end]), end)
}

fn lines(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let ends = memchr_iter(b'\n', block).chain([block.len()]);
    let mut start = 0;
    ends.map(move |end| {
        let line = &block[start.min(end)..end];
        start = end + 1;
        chomped(line)
    })
    .filter(|line| !line.is_empty())
}

fn chomped(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_refusals_count() {
        let scanner = Scanner::new(Format::usual().to_vec()).expect("patterns");
        let text = b"::1 - - [t] \"GET /a HTTP/1.1\" 200 1\n\
            ::1 - - [t] \"GET /\\\" 401 HTTP/1.1\" 200 1\n\
            ::1 - - [t] \"GET /b HTTP/1.1\" 404 1 \"x\" 401\r\n\
            2026/11/25 10:00:00 [error] 1#1: *1 access forbidden by rule, client: ::1, server: s, request: \"GET /c HTTP/1.1\"\n\
            ::1 - - [t] \"GET /d HTTP/1.1\" 403 1";
        let kind = scanner.kind(text);
        assert_eq!(kind, Kind { format: Some(0), errors: true });
        let mut folded = Folded::default();
        scanner.scan(text, kind, 0, &mut folded);
        let paths: Vec<_> =
            folded.entries().into_iter().map(|(key, _)| (key.path, key.reason.is_some())).collect();
        assert_eq!(paths, [(b"/d".to_vec(), false), (b"/c".to_vec(), true)]);
        assert_eq!(scanner.kind(b"\0\x01binary\nnothing\n"), Kind::default());
    }
}
