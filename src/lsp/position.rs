//! Places as editors count them: lines from 0, columns from 0 in bytes or in UTF-16 code units.

use crate::source::{Lines, SourceFile, Span};
use gen_lsp_types::{Position, PositionEncodingKind, Range};

/// What columns count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes of UTF-8.
    Utf8,
    /// UTF-16 code units, the protocol's own choice.
    #[default]
    Utf16,
}

impl Encoding {
    /// The best that both sides know.
    pub(super) fn negotiate(offered: Option<&[PositionEncodingKind]>) -> Self {
        let utf8 = offered.unwrap_or_default().contains(&PositionEncodingKind::UTF8);
        if utf8 { Self::Utf8 } else { Self::Utf16 }
    }

    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Self::Utf8 => PositionEncodingKind::UTF8,
            Self::Utf16 => PositionEncodingKind::UTF16,
        }
    }

    /// The position of an offset.
    pub(super) fn position(self, file: &SourceFile, offset: u32) -> Position {
        let position = file.position(offset);
        let column = match self {
            Self::Utf8 => position.utf8_column,
            Self::Utf16 => position.utf16_column,
        };
        Position { line: position.line - 1, character: column - 1 }
    }

    /// The range of a span.
    pub(super) fn range(self, file: &SourceFile, span: Span) -> Range {
        Range { start: self.position(file, span.start), end: self.position(file, span.end) }
    }

    /// The offset of a position; the nearest one for a position that is not there.
    pub(super) fn offset(self, lines: Lines<'_>, position: Position) -> u32 {
        let line = position.line as usize;
        if line >= lines.count() {
            return lines.end();
        }
        let start = lines.start(line);
        let line = lines.text(line);
        let mark = if start == 0 && line.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        start + mark + self.width(&line[mark as usize..], position.character)
    }

    /// How many bytes of `line` the first `columns` columns take.
    fn width(self, line: &[u8], columns: u32) -> u32 {
        let mut left = columns as usize;
        let mut bytes = 0;
        for chunk in line.utf8_chunks() {
            for c in chunk.valid().chars() {
                let columns = match self {
                    Self::Utf8 => c.len_utf8(),
                    Self::Utf16 => c.len_utf16(),
                };
                if columns > left {
                    return bytes;
                }
                left -= columns;
                bytes += c.len_utf8() as u32;
            }
            for _ in chunk.invalid() {
                if left == 0 {
                    return bytes;
                }
                left -= 1;
                bytes += 1;
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::Encoding;
    use crate::source::SourceFile;
    use gen_lsp_types::Position;

    #[test]
    fn there_and_back() {
        for text in ["a\nb😀é x\r\n\nlast", "\u{feff}a😀\nb", ""] {
            let file = SourceFile::new("a", "a", text.as_bytes().to_vec());
            let starts = if text.starts_with('\u{feff}') { 3 } else { 0 };
            for encoding in [Encoding::Utf8, Encoding::Utf16] {
                for (offset, _) in text.char_indices().filter(|&(at, c)| at >= starts && c != '\n')
                {
                    let position = encoding.position(&file, offset as u32);
                    let back = encoding.offset(file.lines(), position);
                    assert_eq!(back, offset as u32, "{text:?} {encoding:?} {position:?}");
                }
            }
        }
    }

    #[test]
    fn columns_are_counted_as_agreed() {
        let file = SourceFile::new("a", "a", "😀x".as_bytes().to_vec());
        assert_eq!(Encoding::Utf8.position(&file, 4).character, 4);
        assert_eq!(Encoding::Utf16.position(&file, 4).character, 2);
        let far = Position { line: 7, character: 7 };
        assert_eq!(Encoding::Utf16.offset(file.lines(), far), 5);
        let inside = Position { line: 0, character: 1 };
        assert_eq!(Encoding::Utf16.offset(file.lines(), inside), 0);
    }
}
