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

/// Where the lines of one file start.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<u32>,
    /// Columns on the way through long lines, so that a thousand places on one line are not all counted from its start.
    waypoints: Vec<Waypoint>,
    bom: bool,
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

impl LineIndex {
    /// Finds the lines of `text`. A line ends at LF; a CR before it belongs to the line.
    #[must_use]
    pub fn new(text: &[u8]) -> Self {
        let bom = text.starts_with(BOM);
        let mut index = Self { starts: vec![0], waypoints: Vec::new(), bom };
        let mut start = if bom { BOM.len() } else { 0 };
        for lf in memchr::memchr_iter(b'\n', text) {
            index.add_waypoints(start, &text[start..=lf]);
            start = lf + 1;
            index.starts.push(start as u32);
        }
        index.add_waypoints(start, &text[start..]);
        index
    }

    /// Counts the columns of the `line` that starts at `start`, where it is long.
    fn add_waypoints(&mut self, start: usize, line: &[u8]) {
        let mut width = Width::default();
        let mut at = 0;
        while line.len() - at > STRIDE {
            // no character is cut in two: it has three continuation bytes at most
            let rest = &line[at + STRIDE..];
            let inside = rest.iter().take(3).take_while(|&&byte| byte & 0xC0 == 0x80).count();
            let next = at + STRIDE + inside;
            width = width.and(&line[at..next]);
            self.waypoints.push(Waypoint { offset: (start + next) as u32, before: width });
            at = next;
        }
    }

    /// Where the text of `line` (from 0) starts: behind a byte order mark.
    fn text_start(&self, line: usize) -> u32 {
        let mark = if line == 0 && self.bom { BOM.len() as u32 } else { 0 };
        self.start(line) + mark
    }

    /// How many lines there are; text without a final LF ends in a line of its own, so this is at least 1.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Never: even an empty file has one line.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The line that holds `offset`, counted from 0.
    #[must_use]
    pub fn line(&self, offset: u32) -> usize {
        self.starts.partition_point(|&start| start <= offset) - 1
    }

    /// The offset at which `line` (from 0) starts; the last line's for a line that does not exist.
    #[must_use]
    pub fn start(&self, line: usize) -> u32 {
        self.starts[line.min(self.starts.len() - 1)]
    }

    /// The bytes of `line` (from 0) in `text`, without its line end.
    #[must_use]
    pub fn text<'t>(&self, line: usize, text: &'t [u8]) -> &'t [u8] {
        let start = self.start(line) as usize;
        let end = self.starts.get(line + 1).map_or(text.len(), |&next| next as usize - 1);
        let bytes = &text[start.min(end)..end];
        bytes.strip_suffix(b"\r").unwrap_or(bytes)
    }

    /// The position of `offset` in `text`, the text that the index was made of.
    #[must_use]
    pub fn position(&self, text: &[u8], offset: u32) -> Position {
        let offset = offset.min(text.len() as u32);
        let line = self.line(offset);
        let start = self.text_start(line).min(offset);
        let passed = self.waypoints.partition_point(|waypoint| waypoint.offset <= offset);
        let last = passed.checked_sub(1).map(|last| self.waypoints[last]);
        let (from, before) = match last.filter(|last| last.offset > start) {
            Some(last) => (last.offset, last.before),
            None => (start, Width::default()),
        };
        let width = before.and(&text[from as usize..offset as usize]);
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
        let p = LineIndex::new(text).position(text, offset);
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
                    let position = index.position(&text, offset as u32);
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
        assert_eq!(index.len(), 3);
        assert_eq!(index.text(0, text), b"a");
        assert_eq!(index.text(1, text), b"bc");
        assert_eq!(index.text(2, text), b"");
        assert_eq!(index.position(text, 99).line, 3);
    }
}
