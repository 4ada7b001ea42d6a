//! Dumps that print the directives that took effect, one by one.
//!
//! What is gone: comments, conditions (their bodies stay where they were true), and the directives that are carried out
//! while the files are read, among them those that include a file. Where another file begins, an `Include` is put in its
//! place, so that the files make up the same configuration again.

use super::{DumpFile, Lines};
use crate::source::Span;
use std::collections::HashMap;
use std::path::PathBuf;

/// How many line ends are put in to keep the line numbers, in a dump of any size.
const PADDING_LIMIT: usize = 32 * 1024 * 1024;

/// The file in the line `# In file: PATH`.
pub(super) fn marker(line: &[u8]) -> Option<&[u8]> {
    line.trim_ascii().strip_prefix(b"# In file: ").filter(|path| !path.is_empty())
}

/// The number in the line `#  12:`.
fn line_number(line: &[u8]) -> Option<u32> {
    let digits = line.trim_ascii().strip_prefix(b"#")?.strip_suffix(b":")?.trim_ascii_start();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// One thing that a file holds.
#[derive(Clone, Copy, Debug)]
enum Item {
    /// A directive and its line number.
    Directive(u32, Span),
    /// The end of a section.
    End(Span),
    /// Another file is read here; the span is where the dump says so.
    Read(usize, Span),
}

/// A file, each time that it was read.
struct Reading<'t> {
    file: &'t [u8],
    items: Vec<Item>,
    last_line: u32,
}

/// The files of `text`, in the order in which they were read first.
pub(super) fn split(text: &[u8]) -> Vec<DumpFile> {
    let mut stack = Stack::default();
    let mut mark = None;
    let mut number = None;
    for line in Lines::new(text) {
        let content = line.of(text).trim_ascii();
        if let Some(file) = marker(content) {
            mark = Some((file, line));
        } else if let Some(found) = line_number(content) {
            number = Some(found);
        } else if number.is_some() || content.starts_with(b"</") {
            stack.add(number.take(), line, mark.take());
        }
    }
    stack.leave_to(0);
    write(text, &stack.readings)
}

/// The files that are being read, the main one at the bottom.
#[derive(Default)]
struct Stack<'t> {
    readings: Vec<Reading<'t>>,
    open: Vec<usize>,
    /// Where in `open` each file stands.
    places: HashMap<&'t [u8], Vec<usize>>,
}

impl<'t> Stack<'t> {
    /// Adds a directive, or the end of a section, which has no number. `mark` says that the file has changed.
    fn add(&mut self, number: Option<u32>, line: Span, mark: Option<(&'t [u8], Span)>) {
        let current = self.open.last().map(|&top| self.readings[top].file);
        let Some((file, at)) = mark.or(current.map(|file| (file, line))) else { return };
        // it goes on in a file that is open, or, where the numbers start again, reads it once more
        let place =
            self.places.get(file).and_then(|places| places.last().copied()).filter(|&place| {
                let known = &self.readings[self.open[place]];
                place == 0 || number.is_none_or(|number| number > known.last_line)
            });
        match place {
            Some(place) => self.leave_to(place),
            None => self.enter(file, at),
        }
        let Some(&top) = self.open.last() else { return };
        let reading = &mut self.readings[top];
        if let Some(number) = number {
            reading.last_line = number;
        }
        reading.items.push(number.map_or(Item::End(line), |number| Item::Directive(number, line)));
    }

    fn enter(&mut self, file: &'t [u8], at: Span) {
        let new = self.readings.len();
        if let Some(&reader) = self.open.last() {
            self.readings[reader].items.push(Item::Read(new, at));
        }
        self.readings.push(Reading { file, items: Vec::new(), last_line: 0 });
        self.places.entry(file).or_default().push(self.open.len());
        self.open.push(new);
    }

    /// Goes back to the file at `place`. Files that were read one after the other look like files that read each other
    /// at their ends, so whatever was read last in one that is left now is counted as read by the file at `place`.
    fn leave_to(&mut self, place: usize) {
        let Some(&reader) = self.open.get(place) else { return };
        let left: Vec<usize> = self.open.drain(place + 1..).collect();
        for &reading in &left {
            if let Some(places) = self.places.get_mut(self.readings[reading].file) {
                places.pop();
            }
        }
        for &reading in &left {
            let items = &mut self.readings[reading].items;
            if let Some(&last @ Item::Read(..)) = items.last() {
                items.pop();
                self.readings[reader].items.push(last);
            }
        }
    }
}

/// Readings of one file with the same outcome become one file.
fn write(text: &[u8], readings: &[Reading<'_>]) -> Vec<DumpFile> {
    let kinds = kinds(text, readings);
    let folder = folder(readings);
    let mut files: Vec<DumpFile> = Vec::new();
    let mut bodies: Vec<usize> = Vec::new();
    let mut path_of: HashMap<usize, PathBuf> = HashMap::new();
    let mut uses: HashMap<PathBuf, usize> = HashMap::new();
    for (index, reading) in readings.iter().enumerate() {
        if path_of.contains_key(&kinds[index]) {
            continue;
        }
        let origin = Origin::of(reading.file);
        let mut path = folder.join(&origin.path);
        let count = uses.entry(path.clone()).or_insert(0);
        *count += 1;
        if *count > 1 {
            path.as_mut_os_string().push(format!("#{count}"));
        }
        path_of.insert(kinds[index], path.clone());
        files.push(DumpFile { path, name: origin.name, text: Vec::new(), runs: Vec::new() });
        bodies.push(index);
    }
    let mut padding = PADDING_LIMIT;
    for (file, &index) in files.iter_mut().zip(&bodies) {
        let first_line = Origin::of(readings[index].file).first_line;
        let mut line = 1_u32;
        for item in &readings[index].items {
            let from = match *item {
                Item::Directive(number, span) => {
                    let number = number.saturating_add(first_line - 1);
                    let gap = number.saturating_sub(line) as usize;
                    if gap <= padding {
                        padding -= gap;
                        file.text.resize(file.text.len() + gap, b'\n');
                        line += gap as u32;
                    }
                    span
                }
                Item::End(span) | Item::Read(_, span) => span,
            };
            file.runs.push((file.text.len() as u32, from.start));
            if let Item::Read(reading, _) = *item {
                let path = path_of.get(&kinds[reading]).map(|path| path.to_string_lossy());
                let path = path.unwrap_or_default().replace('"', "\\\"");
                file.text.extend_from_slice(format!("Include \"{path}\"\n").as_bytes());
            } else {
                file.text.extend_from_slice(from.of(text));
                if !file.text.ends_with(b"\n") {
                    file.text.push(b'\n');
                }
            }
            line = line.saturating_add(1);
        }
    }
    files
}

/// A number for each reading; the same for readings of one file with the same outcome.
fn kinds(text: &[u8], readings: &[Reading<'_>]) -> Vec<usize> {
    let mut known: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut kinds = vec![0_usize; readings.len()];
    // what a file reads comes behind it
    for (index, reading) in readings.iter().enumerate().rev() {
        let mut outcome = reading.file.to_vec();
        for item in &reading.items {
            outcome.push(b'\n');
            match *item {
                Item::Directive(number, span) => {
                    outcome.extend_from_slice(&number.to_le_bytes());
                    outcome.extend_from_slice(span.of(text).trim_ascii());
                }
                Item::End(span) => outcome.extend_from_slice(span.of(text).trim_ascii()),
                Item::Read(reading, _) => outcome.extend_from_slice(&kinds[reading].to_le_bytes()),
            }
        }
        let next = known.len();
        kinds[index] = *known.entry(outcome).or_insert(next);
    }
    kinds
}

/// The folder of the first file with an absolute path. Directives of the command line have none.
fn folder(readings: &[Reading<'_>]) -> PathBuf {
    let paths = readings.iter().map(|reading| Origin::of(reading.file).path);
    let first =
        paths.filter(|path| path.has_root()).find_map(|path| path.parent().map(PathBuf::from));
    first.unwrap_or_default()
}

/// What the words behind `# In file:` say.
struct Origin {
    /// A path of its own.
    path: PathBuf,
    /// The file that a person edits.
    name: String,
    /// The line in it that the dump counts as the first.
    first_line: u32,
}

impl Origin {
    /// A macro's body is named `macro 'm' (defined on line 3 of "FILE") used on line 9 of "FILE"`.
    fn of(marker: &[u8]) -> Self {
        let name = String::from_utf8_lossy(marker).into_owned();
        let parts = || {
            let (macro_name, rest) =
                name.strip_prefix("macro '")?.split_once("' (defined on line ")?;
            let (line, rest) = rest.split_once(" of \"")?;
            let (file, used) =
                rest.rsplit_once("\") used on line ").or_else(|| rest.split_once("\")"))?;
            let used = used.split(' ').next().unwrap_or_default();
            let file = file.split("\") used on line ").next()?;
            Some((macro_name, line.parse::<u32>().ok()?, file, used))
        };
        match parts() {
            Some((macro_name, line, file, used)) => Self {
                path: PathBuf::from(format!("{file} (macro {macro_name}, used on line {used})")),
                name: file.to_owned(),
                first_line: line.saturating_add(1),
            },
            None => Self { path: PathBuf::from(&name), name, first_line: 1 },
        }
    }
}
