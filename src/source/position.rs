//! From byte offsets to lines and columns, for the edges that speak to people and editors.
//!
//! Nothing to the left of `report` and `lsp` asks for a line number.

/// A place in a file as people and machines count it. Lines and columns count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column in Unicode scalar values; a byte that is not UTF-8 counts as one, a byte order mark as none.
    pub column: u32,
    /// The column in bytes, a byte order mark not counted.
    pub utf8_column: u32,
    /// The column in UTF-16 code units.
    pub utf16_column: u32,
}

/// Where the lines of one text are: how many of them end before each block of it. What lies inside a block is counted when
/// it is asked for, so that a large file costs little and nothing is kept of each line.
#[derive(Clone, Debug)]
pub struct LineIndex {
    /// How many line ends stand before each block of the text, and in all of it.
    ends: Vec<u32>,
    /// Columns on the way through long lines, so that a thousand places on one line are not all counted from its start.
    waypoints: Vec<Waypoint>,
    bom: bool,
}

/// The lines of a text.
#[derive(Clone, Copy, Debug)]
pub struct Lines<'t> {
    index: &'t LineIndex,
    text: &'t [u8],
}

/// A place on a long line, and what stands before it on that line.
#[derive(Clone, Copy, Debug)]
struct Waypoint {
    offset: u32,
    before: Width,
}

/// How wide a text is.
#[derive(Clone, Copy, Debug, Default)]
struct Width {
    /// In Unicode scalar values.
    chars: u32,
    /// In UTF-16 code units.
    utf16: u32,
}

impl Width {
    /// Its width and that of `text` behind it.
    fn and(mut self, text: &[u8]) -> Self {
        for chunk in text.utf8_chunks() {
            for c in chunk.valid().chars() {
                self.chars += 1;
                self.utf16 += c.len_utf16() as u32;
            }
            self.chars += chunk.invalid().len() as u32;
            self.utf16 += chunk.invalid().len() as u32;
        }
        self
    }
}

const BOM: &[u8] = b"\xEF\xBB\xBF";

/// How many bytes of a line lie between two of its waypoints, about.
const STRIDE: usize = 1024;

/// How many bytes of a text are counted at once; a line of more than [`STRIDE`] bytes fills one whole.
const BLOCK: usize = STRIDE / 2;

impl LineIndex {
    /// Finds the lines of `text`. A line ends at LF; a CR before it belongs to the line.
    #[must_use]
    pub fn new(text: &[u8]) -> Self {
        let mut ends = Vec::with_capacity(text.len() / BLOCK + 2);
        let mut waypoints = Vec::new();
        let bom = text.starts_with(BOM);
        let mut before = 0;
        let mut measured = 0;
        for (number, block) in text.chunks(BLOCK).enumerate() {
            ends.push(before);
            let count = memchr::memchr_iter(b'\n', block).count();
            let start = number * BLOCK;
            if count == 0 && start >= measured {
                let from = memchr::memrchr(b'\n', &text[..start]).map_or(0, |lf| lf + 1);
                let from = if from == 0 && bom { BOM.len() } else { from };
                measured =
                    memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |lf| start + lf + 1);
                add_waypoints(&mut waypoints, from, &text[from.min(measured)..measured]);
            }
            before += count as u32;
        }
        ends.push(before);
        Self { ends, waypoints, bom }
    }

    /// The lines of `text`, which the index was made of.
    #[must_use]
    pub fn of<'t>(&'t self, text: &'t [u8]) -> Lines<'t> {
        Lines { index: self, text }
    }
}

/// Counts the columns of the `line` that starts at `start`, where it is long.
fn add_waypoints(waypoints: &mut Vec<Waypoint>, start: usize, line: &[u8]) {
    let mut width = Width::default();
    let mut at = 0;
    while line.len() - at > STRIDE {
        // no character is cut in two: it has three continuation bytes at most
        let rest = &line[at + STRIDE..];
        let inside = rest.iter().take(3).take_while(|&&byte| byte & 0xC0 == 0x80).count();
        let next = at + STRIDE + inside;
        width = width.and(&line[at..next]);
        waypoints.push(Waypoint { offset: (start + next) as u32, before: width });
        at = next;
    }
}

impl<'t> Lines<'t> {
    /// How many lines there are; text without a final LF ends in a line of its own, so this is at least 1.
    #[must_use]
    pub fn count(self) -> usize {
        self.index.ends.last().map_or(0, |&ends| ends as usize) + 1
    }

    /// The offset at which the text ends.
    #[must_use]
    pub fn end(self) -> u32 {
        self.text.len() as u32
    }

    /// The line that holds `offset`, counted from 0.
    #[must_use]
    pub fn line(self, offset: u32) -> usize {
        let offset = (offset as usize).min(self.text.len());
        let block = offset / BLOCK;
        let inside = memchr::memchr_iter(b'\n', &self.text[block * BLOCK..offset]).count();
        self.index.ends[block] as usize + inside
    }

    /// The offset at which `line` (from 0) starts; the last line's for a line that does not exist.
    #[must_use]
    pub fn start(self, line: usize) -> u32 {
        let line = line.min(self.count() - 1);
        let Some(before) = line.checked_sub(1) else { return 0 };
        // the line end before it is in the last block that has fewer in front of it
        let block = self.index.ends.partition_point(|&ends| (ends as usize) < line) - 1;
        let from = block * BLOCK;
        let inside = before - self.index.ends[block] as usize;
        let end = memchr::memchr_iter(b'\n', &self.text[from..]).nth(inside);
        end.map_or(self.text.len(), |end| from + end + 1) as u32
    }

    /// The bytes of `line` (from 0), without its line end.
    #[must_use]
    pub fn text(self, line: usize) -> &'t [u8] {
        let is_last = line + 1 >= self.count();
        let end = if is_last { self.end() } else { self.start(line + 1) - 1 };
        let bytes = &self.text[self.start(line) as usize..end as usize];
        bytes.strip_suffix(b"\r").unwrap_or(bytes)
    }

    /// The position of `offset`.
    #[must_use]
    pub fn position(self, offset: u32) -> Position {
        let offset = offset.min(self.text.len() as u32);
        let line = self.line(offset);
        // a byte order mark is no text
        let mark = if line == 0 && self.index.bom { BOM.len() as u32 } else { 0 };
        let start = (self.start(line) + mark).min(offset);
        let waypoints = &self.index.waypoints;
        let passed = waypoints.partition_point(|waypoint| waypoint.offset <= offset);
        let last = passed.checked_sub(1).map(|last| waypoints[last]);
        let (from, before) = match last.filter(|last| last.offset > start) {
            Some(last) => (last.offset, last.before),
            None => (start, Width::default()),
        };
        let width = before.and(&self.text[from as usize..offset as usize]);
        Position {
            line: line as u32 + 1,
            column: width.chars + 1,
            utf8_column: offset - start + 1,
            utf16_column: width.utf16 + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn at(text: &[u8], offset: u32) -> (u32, u32, u32, u32) {
        let p = LineIndex::new(text).of(text).position(offset);
        (p.line, p.column, p.utf8_column, p.utf16_column)
    }

    #[test]
    fn columns_count_scalar_values_bytes_and_utf16_units() {
        let text = "a\né😀x".as_bytes();
        assert_eq!(at(text, 0), (1, 1, 1, 1));
        assert_eq!(at(text, 2), (2, 1, 1, 1));
        assert_eq!(at(text, 4), (2, 2, 3, 2));
        assert_eq!(at(text, 8), (2, 3, 7, 4));
    }

    #[test]
    fn a_byte_order_mark_is_no_column() {
        let text = b"\xEF\xBB\xBFab\nc";
        assert_eq!(at(text, 0), (1, 1, 1, 1));
        assert_eq!(at(text, 3), (1, 1, 1, 1));
        assert_eq!(at(text, 4), (1, 2, 2, 2));
        assert_eq!(at(text, 6), (2, 1, 1, 1));
    }

    #[test]
    fn columns_of_a_long_line_are_those_counted_from_its_start() {
        let pieces: [&[u8]; 7] = [
            b"x",
            "é😀".as_bytes(),
            b"\xE9",
            b"\x80",
            b"\xF0\x9F",
            b"\xEF\xBB\xBF",
            b"\xF0\x90\x80",
        ];
        for piece in pieces {
            for before in ["y", "a\n", "\u{feff}", "\u{feff}ab\n"] {
                let text = [before.as_bytes(), &piece.repeat(5000 / piece.len()), b"\nb"].concat();
                let start = if before == "\u{feff}" {
                    3
                } else {
                    before.find('\n').map_or(0, |end| end + 1)
                };
                let index = LineIndex::new(&text);
                assert!(!index.waypoints.is_empty());
                for offset in (start..text.len() - 2).step_by(7) {
                    let line = &text[start..offset];
                    let width = Width::default().and(line);
                    let position = index.of(&text).position(offset as u32);
                    let counted = (width.chars + 1, line.len() as u32 + 1, width.utf16 + 1);
                    let columns = (position.column, position.utf8_column, position.utf16_column);
                    assert_eq!(columns, counted, "{piece:?} {before:?} {offset}");
                }
            }
        }
    }

    #[test]
    fn latin1_bytes_count_one_each() {
        assert_eq!(at(b"caf\xE9 x", 5), (1, 6, 6, 6));
    }

    #[test]
    fn lines_without_their_ends() {
        let text = b"a\r\nbc\n";
        let index = LineIndex::new(text);
        let lines = index.of(text);
        assert_eq!(lines.count(), 3);
        assert_eq!(lines.text(0), b"a");
        assert_eq!(lines.text(1), b"bc");
        assert_eq!(lines.text(2), b"");
        assert_eq!(lines.position(99).line, 3);
    }

    #[test]
    fn every_line_of_every_length_is_found_from_both_sides() {
        for length in [0, 1, 30, 255, 511, 512, 513, 1023, 1024, 1025, 3000] {
            for end in ["", "\n", "\n\n\n"] {
                let text = format!("{}{end}", format!("{}\n", "x".repeat(length)).repeat(7));
                let index = LineIndex::new(text.as_bytes());
                let lines = index.of(text.as_bytes());
                let counted: Vec<&str> = text.split('\n').collect();
                assert_eq!(lines.count(), counted.len());
                let mut start = 0;
                for (number, line) in counted.iter().enumerate() {
                    assert_eq!(lines.start(number) as usize, start, "{length} {number}");
                    assert_eq!(lines.text(number), line.as_bytes());
                    assert_eq!(lines.line(start as u32), number);
                    assert_eq!(lines.line((start + line.len()) as u32), number);
                    start += line.len() + 1;
                }
                assert_eq!(
                    lines.start(99) as usize,
                    start - 1 - counted.last().map_or(0, |it| it.len())
                );
            }
        }
    }
}
