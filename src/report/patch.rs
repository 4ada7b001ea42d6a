//! A fix as the lines that go and the lines that come.

use super::window::{mask, show, show_line};
use crate::config::Project;
use crate::diagnostic::{Edit, Fix};
use crate::source::FileId;

/// How many lines of a fix are shown.
const LINES_SHOWN: usize = 12;

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It stays, and is shown to say where the others come.
    Same,
    /// It goes.
    Removed,
    /// It comes.
    Added,
    /// No line of a file but words about the patch.
    Note,
}

/// One line of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) change: Change,
    /// Its number, from 1, in the file as it is.
    pub(super) number: Option<usize>,
    pub(super) text: String,
}

/// The lines that `fix` changes. Lines of another file than `home` are headed by its name.
pub(super) fn lines(project: &Project, fix: &Fix, home: FileId) -> Vec<Line> {
    let mut out = Vec::new();
    let mut file = home;
    let mut rest = fix.edits.as_slice();
    while let Some(first) = rest.first() {
        if out.len() >= LINES_SHOWN {
            break;
        }
        let here = rest.partition_point(|edit| edit.at.file <= first.at.file);
        let (of_file, later) = rest.split_at(here.max(1));
        rest = later;
        if first.at.file != file {
            file = first.at.file;
            let name = super::visible(&project.sources.get(file).name).into_owned();
            out.push(Line { change: Change::Note, number: None, text: format!("in {name}:") });
        }
        of_one_file(project, file, of_file, &mut out);
    }
    if out.len() > LINES_SHOWN {
        out.truncate(LINES_SHOWN);
        out.push(Line { change: Change::Note, number: None, text: "and more lines".to_owned() });
    }
    out
}

/// Adds the lines that `edits` of one file, sorted, change.
fn of_one_file(project: &Project, file: FileId, edits: &[Edit], out: &mut Vec<Line>) {
    let index = project.sources.get(file).lines();
    let mut from = 0;
    while from < edits.len() && out.len() <= LINES_SHOWN {
        let first = index.line(edits[from].at.span.start);
        let mut last = last_line_of(project, file, &edits[from]);
        let mut to = from + 1;
        // edits of one line, or of neighbours, are one change
        while to < edits.len() && index.line(edits[to].at.span.start) <= last {
            last = last.max(last_line_of(project, file, &edits[to]));
            to += 1;
        }
        change(project, file, &edits[from..to], (first, last), out);
        from = to;
    }
}

/// The last line (from 0) that holds a byte of the edit.
fn last_line_of(project: &Project, file: FileId, edit: &Edit) -> usize {
    project.sources.get(file).lines().line(edit.at.span.end.max(edit.at.span.start))
}

/// Adds the change that `edits` make to the lines `first` to `last`.
fn change(
    project: &Project,
    file: FileId,
    edits: &[Edit],
    (first, last): (usize, usize),
    out: &mut Vec<Line>,
) {
    let source = project.sources.get(file);
    let index = source.lines();
    // a patch of more lines than are shown need not be worked out to its end
    let last = last.min(first + LINES_SHOWN);
    let lines_end = index.start(last) + index.text(last).len() as u32;
    let (start, end) = around(source.bytes(), edits, (index.start(first), lines_end));
    let mut old = source.bytes()[start as usize..end as usize].to_vec();
    mask(project, file, start, &mut old);

    let mut new = Vec::new();
    let mut at = 0;
    for edit in edits {
        let from = (edit.at.span.start - start) as usize;
        let to = ((edit.at.span.end - start) as usize).min(old.len());
        if from < at || from > old.len() {
            continue;
        }
        new.extend_from_slice(&old[at..from]);
        new.extend_from_slice(&edit.replacement);
        at = to.max(from);
    }
    new.extend_from_slice(&old[at..]);

    let split = |text: &[u8]| -> Vec<Vec<u8>> {
        text.split(|&byte| byte == b'\n')
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec())
            .collect()
    };
    let (old, new) = (split(&old), split(&new));
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tail =
        old[head..].iter().rev().zip(new[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (gone, come) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);

    let changed = first + head;
    if gone.is_empty() && !come.is_empty() && changed > 0 {
        let text = show_line(project, file, changed - 1, None).text;
        out.push(Line { change: Change::Same, number: Some(changed), text });
    }
    let cut = differing(gone, come);
    for (offset, line) in gone.iter().enumerate() {
        out.push(Line {
            change: Change::Removed,
            number: Some(changed + offset + 1),
            text: clip(line, cut),
        });
    }
    for line in come {
        out.push(Line { change: Change::Added, number: None, text: clip(line, cut) });
    }
}

/// The bytes of `lines` (from, to) around what `edits` change: more than is shown, less than all of a line without end.
fn around(bytes: &[u8], edits: &[Edit], lines: (u32, u32)) -> (u32, u32) {
    const NEAR: u32 = 1024;
    const MOST: u32 = 16 * NEAR;
    // characters are not cut in two: a continuation byte of UTF-8 is 10xxxxxx
    let boundary = |at: u32| {
        let rest = bytes.get(at as usize..).unwrap_or_default();
        at + rest.iter().take(3).take_while(|&&byte| byte & 0xC0 == 0x80).count() as u32
    };
    let from = edits.first().map_or(0, |edit| edit.at.span.start).saturating_sub(NEAR);
    let to = edits.iter().map(|edit| edit.at.span.end).max().unwrap_or(0).saturating_add(NEAR);
    let start = if from > lines.0 { boundary(from) } else { lines.0 };
    let to = to.min(start.saturating_add(MOST));
    (start, if to < lines.1 { boundary(to) } else { lines.1 })
}

/// Where the first line that goes and the first that comes begin to differ.
fn differing(gone: &[Vec<u8>], come: &[Vec<u8>]) -> usize {
    match (gone.first(), come.first()) {
        (Some(a), Some(b)) => a.iter().zip(b).take_while(|(a, b)| a == b).count(),
        _ => 0,
    }
}

/// A line fit to be shown, cut so that its byte `seen` can be seen.
fn clip(line: &[u8], seen: usize) -> String {
    const LIMIT: usize = 160;
    const BEFORE: usize = 60;
    if line.len() <= LIMIT {
        return show(line).0;
    }
    let boundary = |mut at: usize| {
        while at < line.len() && line[at] & 0xC0 == 0x80 {
            at += 1;
        }
        at
    };
    let from = if seen < LIMIT - BEFORE { 0 } else { boundary((seen - BEFORE).min(line.len())) };
    let to = boundary((from + LIMIT).min(line.len()));
    let text = show(&line[from..to]).0;
    format!("{}{text}{}", if from > 0 { "… " } else { "" }, if to < line.len() { " …" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Safety;
    use crate::source::{Location, SourceFile, Span};

    fn patch(text: &str, secret: Option<Span>, edits: &[(u32, u32, &str)]) -> Vec<String> {
        let mut project = Project::default();
        let file = project.sources.push(SourceFile::new("a", "a", text.as_bytes().to_vec()));
        project.secrets = vec![secret.into_iter().collect()].into();
        let edits = edits
            .iter()
            .map(|&(start, end, text)| {
                Edit::replace(Location::new(file, Span::new(start, end)), text)
            })
            .collect();
        let fix = Fix { title: "".into(), safety: Safety::Safe, edits };
        lines(&project, &fix, file)
            .into_iter()
            .map(|line| {
                let sign = match line.change {
                    Change::Same => ' ',
                    Change::Removed => '-',
                    Change::Added => '+',
                    Change::Note => '#',
                };
                format!(
                    "{}{sign}{}",
                    line.number.map_or(String::new(), |n| n.to_string()),
                    line.text
                )
            })
            .collect()
    }

    #[test]
    fn a_word_that_changes() {
        assert_eq!(patch("a\nb Off;\nc\n", None, &[(4, 7, "off")]), ["2-b Off;", "+b off;"]);
    }

    #[test]
    fn a_line_that_comes_is_shown_below_its_neighbour() {
        assert_eq!(patch("a {\n}\n", None, &[(3, 3, "\n\tb;")]), ["1 a {", "+    b;"]);
        assert_eq!(patch("a\n", None, &[(0, 0, "new\n")]), ["+new"]);
    }

    #[test]
    fn a_line_that_goes() {
        assert_eq!(patch("a\nb\nc\n", None, &[(2, 4, "")]), ["2-b"]);
        assert_eq!(patch("a\r\nb\r\n", None, &[(3, 6, "")]), ["2-b"]);
    }

    #[test]
    fn what_stays_is_masked() {
        let lines = patch("x secret;\n", Some(Span::new(2, 8)), &[(0, 1, "y")]);
        assert_eq!(lines, ["1-x ******;", "+y ******;"]);
    }

    #[test]
    fn a_great_fix_is_cut() {
        let text = "a\n".repeat(100);
        let edits: Vec<_> = (0..100).map(|line| (2 * line, 2 * line + 1, "b")).collect();
        let lines = patch(&text, None, &edits);
        assert_eq!(lines.len(), LINES_SHOWN + 1);
        assert_eq!(lines[LINES_SHOWN], "#and more lines");
    }

    #[test]
    fn of_a_long_line_what_is_around_the_change_is_shown() {
        let text = format!("{}HERE{}", "é".repeat(50_000), "ü".repeat(50_000));
        let lines = patch(&text, None, &[(100_000, 100_004, "there")]);
        let sides = ("é".repeat(30), "ü".repeat(48));
        assert_eq!(lines[0], format!("1-… {}HERE{} …", sides.0, sides.1));
        assert_eq!(lines[1], format!("+… {}there{} …", sides.0, sides.1));
    }

    #[test]
    fn odd_edits_do_no_harm() {
        patch("", None, &[(0, 0, "x")]);
        patch("ab\n", None, &[(0, 2, "x"), (1, 3, "y")]);
        patch("ab", None, &[(0, 2, "")]);
        patch("ab\ncd", None, &[(0, 5, "")]);
    }
}
