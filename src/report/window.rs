//! The lines of a file around the places that a finding speaks of, fit to be shown: secrets masked, control characters
//! made visible, tabs as blanks, long lines cut, and the places moved along.

use super::text::{is_hidden, push_visible};
use crate::config::Project;
use crate::source::{FileId, Span};

/// How many lines are shown above and below a marked one.
const CONTEXT: usize = 1;

/// Lines longer than this are cut around what is marked in them, in bytes.
const LINE_LIMIT: usize = 240;

/// How much of a cut line is kept in front of the first mark, in bytes.
const BEFORE_MARK: usize = 60;

/// A tab leads to the next multiple of this column.
const TAB: usize = 4;

/// A run of lines of one file.
#[derive(Debug)]
pub(super) struct Window {
    /// The file.
    pub(super) file: FileId,
    /// The first line, from 0.
    pub(super) line: usize,
    /// How many lines there are.
    pub(super) lines: usize,
    /// Their text, each line with a final LF.
    pub(super) text: String,
    /// What is marked in them.
    pub(super) marks: Vec<Mark>,
}

/// A marked place in a [`Window`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    /// Which of the places it is, as they were given.
    pub(super) place: usize,
    /// The bytes of the window's text.
    pub(super) start: usize,
    /// One past the last one; `start` when something is missing there.
    pub(super) end: usize,
    /// The line in the file, from 0.
    pub(super) line: usize,
    /// The column in the file in Unicode scalar values, from 0.
    pub(super) column: usize,
}

/// The windows of one file for `places`, pairs of (number, span): the one that holds `first` goes first, then by line.
/// Of a place that spans lines, the first line is marked.
pub(super) fn windows(project: &Project, file: FileId, places: &[(usize, Span)]) -> Vec<Window> {
    let source = project.sources.get(file);
    let (index, bytes) = (source.lines(), source.bytes());
    let mut places: Vec<(usize, usize, Span)> = places
        .iter()
        .map(|&(place, span)| {
            let start = span.start.min(bytes.len() as u32);
            let line = index.line(start);
            // a CR or LF is no part of what is shown
            let line_end = index.start(line) + index.text(line).len() as u32;
            let start = start.min(line_end);
            (line, place, Span::new(start, span.end.min(line_end)))
        })
        .collect();
    places.sort_by_key(|&(line, place, span)| (line, span.start, place));

    let mut windows: Vec<Window> = Vec::new();
    let mut from = 0;
    while from < places.len() {
        let mut to = from + 1;
        while to < places.len() && places[to].0 - places[to - 1].0 <= 2 * CONTEXT + 1 {
            to += 1;
        }
        windows.push(window(project, file, &places[from..to]));
        from = to;
    }
    if let Some(first) = windows.iter().position(|one| one.marks.iter().any(|mark| mark.place == 0))
    {
        windows[..=first].rotate_right(1);
    }
    windows
}

/// One window for `places`, triples of (line, number, span on that line), sorted.
fn window(project: &Project, file: FileId, places: &[(usize, usize, Span)]) -> Window {
    let source = project.sources.get(file);
    let index = source.lines();
    let last_line = last_line(source.bytes(), index.count());
    let first = places[0].0.saturating_sub(CONTEXT);
    let last =
        (places[places.len() - 1].0 + CONTEXT).min(last_line.max(places[places.len() - 1].0));
    let mut window = Window {
        file,
        line: first,
        lines: last + 1 - first,
        text: String::new(),
        marks: Vec::new(),
    };
    let mut rest = places;
    for line in first..=last {
        let here = rest.partition_point(|place| place.0 == line);
        let (on_line, later) = rest.split_at(here);
        rest = later;
        let shown = show_line(project, file, line, on_line.first().map(|place| place.2.start));
        let base = window.text.len();
        for &(_, place, span) in on_line {
            window.marks.push(Mark {
                place,
                start: base + shown.place(span.start),
                end: base + shown.place(span.end),
                line,
                column: source.position(span.start).column as usize - 1,
            });
        }
        window.text.push_str(&shown.text);
        window.text.push('\n');
    }
    window
}

/// The last line that has something on it: the empty one behind a final LF is none.
fn last_line(bytes: &[u8], lines: usize) -> usize {
    if bytes.last() == Some(&b'\n') && lines > 1 { lines - 2 } else { lines - 1 }
}

/// A line as it is shown.
pub(super) struct Shown {
    /// Its text.
    pub(super) text: String,
    /// The offset in the file of the first byte that is not cut off.
    start: u32,
    /// For each byte from `start` and for the end: where in `text` it is shown.
    places: Vec<usize>,
}

impl Shown {
    /// Where in the text the byte at `offset` of the file is shown, or the nearest one.
    pub(super) fn place(&self, offset: u32) -> usize {
        let at = offset.saturating_sub(self.start) as usize;
        self.places[at.min(self.places.len() - 1)]
    }
}

/// Line `line` (from 0) of a file, cut so that the byte at `mark` can be seen.
pub(super) fn show_line(project: &Project, file: FileId, line: usize, mark: Option<u32>) -> Shown {
    let source = project.sources.get(file);
    let start = source.lines().start(line);
    let bytes = source.lines().text(line);
    let mark = mark.map_or(0, |mark| mark.saturating_sub(start) as usize);
    let (from, to) = cut(bytes, mark);
    let start = start + from as u32;
    let mut kept = bytes[from..to].to_vec();
    mask(project, file, start, &mut kept);
    let (mut text, mut places) = show(&kept);
    if from > 0 {
        text.insert_str(0, "… ");
        for place in &mut places {
            *place += "… ".len();
        }
    }
    if to < bytes.len() {
        text.push_str(" …");
    }
    Shown { text, start, places }
}

/// Which bytes of a line are shown.
fn cut(bytes: &[u8], mark: usize) -> (usize, usize) {
    if bytes.len() <= LINE_LIMIT {
        return (0, bytes.len());
    }
    // characters are not cut in two: a continuation byte of UTF-8 is 10xxxxxx
    let boundary = |mut at: usize| {
        while at < bytes.len() && bytes[at] & 0xC0 == 0x80 {
            at += 1;
        }
        at
    };
    let mut from = mark.saturating_sub(BEFORE_MARK).min(bytes.len() - LINE_LIMIT);
    if mark < LINE_LIMIT - BEFORE_MARK {
        from = 0;
    }
    (boundary(from), boundary(from + LINE_LIMIT))
}

/// Puts stars over the secrets in `bytes`, which stand at `start` in the file.
pub(super) fn mask(project: &Project, file: FileId, start: u32, bytes: &mut [u8]) {
    let span = Span::new(start, start + bytes.len() as u32);
    for secret in project.secrets_in(file, span) {
        let from = secret.start.max(span.start) - start;
        let to = secret.end.min(span.end) - start;
        bytes[from as usize..to as usize].fill(b'*');
    }
}

/// `bytes` as text for a terminal, and where in it each byte is shown.
pub(super) fn show(bytes: &[u8]) -> (String, Vec<usize>) {
    // most lines are shown as they are
    if bytes.iter().all(|byte| matches!(byte, b' '..=b'~'))
        && let Ok(text) = std::str::from_utf8(bytes)
    {
        return (text.to_owned(), (0..=bytes.len()).collect());
    }
    let mut text = String::with_capacity(bytes.len());
    let mut places = Vec::with_capacity(bytes.len() + 1);
    let mut column = 0;
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            places.extend(std::iter::repeat_n(text.len(), c.len_utf8()));
            let before = text.len();
            match c {
                '\t' => text.extend(std::iter::repeat_n(' ', TAB - column % TAB)),
                // a byte order mark is no text
                '\u{feff}' if before == 0 => {}
                c if is_hidden(c) => push_visible(&mut text, c),
                c => text.push(c),
            }
            column += text[before..].chars().count();
        }
        for _ in chunk.invalid() {
            places.push(text.len());
            text.push('\u{fffd}');
            column += 1;
        }
    }
    places.push(text.len());
    (text, places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    fn project(bytes: &[u8], secrets: Vec<Span>) -> Project {
        let mut project = Project::default();
        project.sources.push(SourceFile::new("a", "a", bytes.to_vec()));
        project.secrets = vec![secrets].into();
        project
    }

    fn file() -> FileId {
        FileId::from_index(0)
    }

    #[test]
    fn places_near_each_other_share_a_window_and_the_first_place_leads() {
        let text = "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let p = project(text.as_bytes(), vec![]);
        let at = |line: u32| Span::new(2 * line, 2 * line + 1);
        let windows = windows(&p, file(), &[(0, at(8)), (1, at(1)), (2, at(4))]);
        let texts: Vec<_> = windows.iter().map(|one| (one.line, one.text.as_str())).collect();
        assert_eq!(texts, [(7, "7\n8\n9\n"), (0, "0\n1\n2\n3\n4\n5\n")]);
    }

    #[test]
    fn tabs_masks_and_control_characters_keep_the_marks_in_place() {
        let text = b"\tset \x1b\xff s\xc3\xa9cret end\r\n";
        let p = project(text, vec![Span::new(8, 15)]);
        let windows = windows(&p, file(), &[(0, Span::new(16, 19))]);
        assert_eq!(windows[0].text, "    set \u{241b}\u{fffd} ******* end\n");
        let mark = windows[0].marks[0];
        assert_eq!(&windows[0].text[mark.start..mark.end], "end");
        assert_eq!(mark.column, 15);
    }

    #[test]
    fn a_long_line_is_cut_around_its_mark() {
        let text = format!("{}HERE{}", "é".repeat(5000), "y".repeat(5000));
        let p = project(text.as_bytes(), vec![]);
        let windows = windows(&p, file(), &[(0, Span::new(10_000, 10_004))]);
        let (window, mark) = (&windows[0], windows[0].marks[0]);
        assert_eq!(&window.text[mark.start..mark.end], "HERE");
        assert!(window.text.len() < 300, "{}", window.text);
        assert!(window.text.starts_with("… ") && window.text.ends_with(" …\n"));
        assert_eq!(mark.column, 5000);
    }

    #[test]
    fn odd_places_do_no_harm() {
        for text in [&b""[..], b"\n", b"a", b"a\r", b"a\n", b"\xEF\xBB\xBF", b"\xEF\xBB\xBFa"] {
            let p = project(text, vec![]);
            for start in 0..5 {
                for end in start..9 {
                    let windows = windows(&p, file(), &[(0, Span::new(start, end))]);
                    let mark = windows[0].marks[0];
                    assert!(mark.end <= windows[0].text.len() && mark.start <= mark.end);
                }
            }
        }
    }

    #[test]
    fn of_a_place_of_several_lines_the_first_is_marked() {
        let p = project(b"a {\n b\n}\n", vec![]);
        let windows = windows(&p, file(), &[(0, Span::new(0, 8))]);
        assert_eq!(windows[0].text, "a {\n b\n");
        assert_eq!((windows[0].marks[0].start, windows[0].marks[0].end), (0, 3));
    }
}
