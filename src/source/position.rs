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
    bom: bool,
}

const BOM: &[u8] = b"\xEF\xBB\xBF";

impl LineIndex {
    /// Finds the lines of `text`. A line ends at LF; a CR before it belongs to the line.
    #[must_use]
    pub fn new(text: &[u8]) -> Self {
        let mut starts = vec![0];
        starts.extend(memchr::memchr_iter(b'\n', text).map(|at| at as u32 + 1));
        Self { starts, bom: text.starts_with(BOM) }
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
        let mut before = &text[self.start(line) as usize..offset as usize];
        if line == 0 && self.bom {
            before = before.strip_prefix(BOM).unwrap_or(b"");
        }
        let (mut column, mut utf16) = (1, 1);
        for chunk in before.utf8_chunks() {
            for c in chunk.valid().chars() {
                column += 1;
                utf16 += c.len_utf16() as u32;
            }
            column += chunk.invalid().len() as u32;
            utf16 += chunk.invalid().len() as u32;
        }
        Position {
            line: line as u32 + 1,
            column,
            utf8_column: before.len() as u32 + 1,
            utf16_column: utf16,
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
