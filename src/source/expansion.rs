//! A text that no file holds: lines of a file with other words in some places, as httpd makes it of a macro's body.

use super::{FileId, Location, Span};

/// Where the bytes of such a text are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expansion {
    /// The text that the lines are taken from: a file, or an expansion that was made before.
    pub of: FileId,
    /// What made it: the first of the directives that did, with the same arguments.
    pub used_at: Location,
    /// Its pieces, ascending, without a gap.
    pieces: Vec<Piece>,
}

/// A piece of an expansion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    /// Where it begins.
    start: u32,
    /// What it is taken from, or stands in the place of.
    written: Span,
    /// The number of the parameter in whose place it stands; `None` for a piece that is taken as it is.
    parameter: Option<u32>,
}

impl Expansion {
    /// An expansion of lines of `of`, nothing in it yet.
    #[must_use]
    pub fn new(of: FileId, used_at: Location) -> Self {
        Self { of, used_at, pieces: Vec::new() }
    }

    /// Says that from `start` on it has the bytes of `written`.
    pub fn copy(&mut self, start: u32, written: Span) {
        self.pieces.push(Piece { start, written, parameter: None });
    }

    /// Says that from `start` on something stands in the place of `written`, which names a parameter.
    pub fn replace(&mut self, start: u32, written: Span, parameter: u32) {
        self.pieces.push(Piece { start, written, parameter: Some(parameter) });
    }

    fn piece(&self, offset: u32) -> Option<Piece> {
        let after = self.pieces.partition_point(|piece| piece.start <= offset);
        Some(self.pieces[after.checked_sub(1)?])
    }

    /// The bytes that a span of the expansion is written with; a parameter as a whole.
    #[must_use]
    pub fn written(&self, span: Span) -> Span {
        let at = |offset: u32, end: bool| match self.piece(offset) {
            Some(Piece { start, written, parameter: None }) => written.start + (offset - start),
            Some(Piece { written, .. }) if end => written.end,
            Some(Piece { written, .. }) => written.start,
            None => 0,
        };
        let start = at(span.start, false);
        if span.is_empty() {
            return Span::empty(start);
        }
        // the last byte tells where the end is: what follows may be taken from elsewhere
        let last = span.end - 1;
        let is_copied = self.piece(last).is_some_and(|piece| piece.parameter.is_none());
        Span::new(start, at(last, true) + u32::from(is_copied))
    }

    /// The numbers of the parameters that have a part in a span.
    pub fn parameters(&self, span: Span) -> impl Iterator<Item = u32> {
        let first = self.pieces.partition_point(|piece| piece.start <= span.start);
        self.pieces[first.saturating_sub(1)..]
            .iter()
            .take_while(move |piece| piece.start < span.end || piece.start == span.start)
            .filter_map(|piece| piece.parameter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `Require $who` and a line more at 100, `$who` being `user alice`.
    fn example() -> Expansion {
        let file = FileId::from_index(0);
        let mut expansion = Expansion::new(file, Location::new(file, Span::empty(0)));
        expansion.copy(0, Span::new(100, 108));
        expansion.replace(8, Span::new(108, 112), 0);
        expansion.copy(18, Span::new(112, 130));
        expansion
    }

    #[test]
    fn what_is_copied_has_its_own_place_and_a_parameter_is_one() {
        let written = |start, end| {
            let span = example().written(Span::new(start, end));
            (span.start, span.end)
        };
        assert_eq!(written(0, 7), (100, 107));
        assert_eq!(written(8, 12), (108, 112));
        assert_eq!(written(13, 18), (108, 112));
        assert_eq!(written(0, 18), (100, 112));
        assert_eq!(written(18, 20), (112, 114));
        assert_eq!(written(18, 18), (112, 112));
    }

    #[test]
    fn the_parameters_of_a_span_are_told() {
        let parameters =
            |start, end| example().parameters(Span::new(start, end)).collect::<Vec<_>>();
        assert_eq!(parameters(0, 8), [0; 0]);
        assert_eq!(parameters(0, 9), [0]);
        assert_eq!(parameters(17, 25), [0]);
        assert_eq!(parameters(18, 25), [0; 0]);
    }
}
