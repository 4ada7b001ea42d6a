//! `# lint401: ignore[rule] reason` and `# lint401: ignore-file[rule] reason`: what people have looked at and want to keep.

use super::Project;
use super::apache::Form;
use crate::source::{FileId, Location, Sources, Span};
use crate::syntax::{Language, Tree};
use std::cell::Cell;
use std::collections::HashMap;

/// A comment that suppresses.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// The comment, from its `#` on.
    pub at: Location,
    /// The rules that it names, in order.
    pub names: Vec<Named>,
    /// What it says why; empty where it does not.
    pub reason: String,
    /// What it is about: the directive that follows with all that is in it, the line that it stands on, or the whole file.
    pub covers: Span,
    /// Whether nothing else stands on its line.
    pub is_alone: bool,
    is_whole_file: bool,
}

/// A rule that a comment names.
#[derive(Clone, Debug)]
pub struct Named {
    /// The name as it is written.
    pub name: String,
    /// Where.
    pub at: Location,
    /// Whether a finding of the rule was suppressed.
    used: Cell<bool>,
}

impl Named {
    /// Whether it suppressed anything.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.used.get()
    }
}

/// Whether `name` in a comment stands for `rule`: it is the whole name, or what stands behind the slash.
#[must_use]
pub fn is_meant(name: &str, rule: &str) -> bool {
    name == rule || name == short(rule)
}

/// What stands behind the slash of a rule's name.
#[must_use]
pub fn short(rule: &str) -> &str {
    rule.split_once('/').map_or(rule, |(_, short)| short)
}

/// The comments of a project that suppress.
#[derive(Debug)]
pub struct Suppressions<'p> {
    /// The project.
    pub project: &'p Project,
    /// They, by file, ascending.
    pub list: Vec<Suppression>,
    /// The rules that did not run, so that nothing can be said of comments that name them.
    pub idle: Vec<&'static str>,
    index: Index,
}

/// Which comments name a rule in a file, by the name as it is written.
#[derive(Debug, Default)]
struct Index(HashMap<String, HashMap<FileId, OfName>>);

/// The comments of a file that name one rule. Each is a comment's number and the name's number in it.
#[derive(Debug, Default)]
struct OfName {
    /// Those about the whole file, which reach to its end: they would have the others looked at for nothing.
    whole: Vec<((usize, usize), Span)>,
    /// The others, by where what they cover starts.
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    number: (usize, usize),
    covers: Span,
    /// The furthest end of what this one and those before it cover.
    reach: u32,
}

impl Index {
    fn of(list: &[Suppression]) -> Self {
        let mut all: HashMap<String, HashMap<FileId, OfName>> = HashMap::new();
        let mut numbers: Vec<usize> = (0..list.len()).collect();
        numbers.sort_by_key(|&number| list[number].covers.start);
        for number in numbers {
            let one = &list[number];
            for (name, named) in one.names.iter().enumerate() {
                let files = all.entry(named.name.clone()).or_default();
                let here = files.entry(one.at.file).or_default();
                if one.is_whole_file {
                    here.whole.push(((number, name), one.covers));
                    continue;
                }
                let before = here.parts.last().map_or(0, |part| part.reach);
                let reach = before.max(one.covers.end);
                here.parts.push(Part { number: (number, name), covers: one.covers, reach });
            }
        }
        Self(all)
    }

    /// The comments of `file` that have `name` and cover `offset`.
    fn covering(
        &self,
        name: &str,
        file: FileId,
        offset: u32,
    ) -> impl Iterator<Item = (usize, usize)> + '_ {
        let here = self.0.get(name).and_then(|files| files.get(&file));
        let covers = move |span: Span| span.start <= offset && offset <= span.end;
        let whole = here.map_or(&[][..], |here| &here.whole).iter();
        let whole = whole.filter(move |(_, span)| covers(*span)).map(|(number, _)| *number);
        let parts = here.map_or(&[][..], |here| &here.parts);
        let started = parts.partition_point(|part| part.covers.start <= offset);
        let parts = parts[..started].iter().rev().take_while(move |part| part.reach >= offset);
        let parts = parts.filter(move |part| covers(part.covers));
        whole.chain(parts.map(|part| part.number))
    }
}

impl<'p> Suppressions<'p> {
    /// Looks for them.
    #[must_use]
    pub fn of(project: &'p Project) -> Self {
        let mut list = Vec::new();
        for (file, source) in project.sources.texts() {
            let Some(tree) = project.tree(file) else { continue };
            // most files have none
            if memchr::memmem::find(source.text(), b"lint401:").is_none() {
                continue;
            }
            for (index, &comment) in tree.comments.iter().enumerate() {
                list.extend(suppression(file, source.text(), tree, index, comment));
            }
        }
        // a comment in the body of a macro is one, however often the macro is used
        for one in &mut list {
            one.move_to_body(&project.sources);
        }
        list.sort_by_key(|one| one.at);
        list.dedup_by_key(|one| one.at);
        let index = Index::of(&list);
        Self { project, list, idle: Vec::new(), index }
    }

    /// Whether nothing can be said of a rule, because it did not run.
    #[must_use]
    pub fn is_idle(&self, name: &str) -> bool {
        self.idle.iter().any(|rule| is_meant(name, rule))
    }

    /// Whether a main configuration reads the file, the .htaccess files of httpd's among them: all of what it does is known
    /// then.
    #[must_use]
    pub fn is_whole(&self, file: FileId) -> bool {
        let nginx = self.project.nginx.iter();
        let mut nginx = nginx.filter(|site| site.complete).flat_map(|site| &site.files);
        let mut apache = self.project.apache.iter().filter(|site| site.form == Form::Main);
        nginx.any(|known| known.file == file)
            || apache.any(|site| site.files().any(|known| known == file))
    }

    /// The first comment that suppresses what `rule` finds at `at`; all that do count as used.
    pub fn hold(&self, rule: &str, at: Location) -> Option<&Suppression> {
        let covering = |name| self.index.covering(name, at.file, at.span.start);
        let mut first = None;
        for (number, name) in covering(rule).chain(covering(short(rule))) {
            self.list[number].names[name].used.set(true);
            first = Some(first.map_or(number, |first: usize| first.min(number)));
        }
        first.map(|first| &self.list[first])
    }
}

impl Suppression {
    /// Moves it to the file that it is written in.
    fn move_to_body(&mut self, sources: &Sources) {
        self.covers = sources.written(Location::new(self.at.file, self.covers)).span;
        self.at = sources.written(self.at);
        for named in &mut self.names {
            named.at = sources.written(named.at);
        }
    }
}

/// The comment, where it is one that suppresses.
fn suppression(
    file: FileId,
    text: &[u8],
    tree: &Tree,
    index: usize,
    comment: Span,
) -> Option<Suppression> {
    let words = std::str::from_utf8(comment.of(text)).ok()?;
    let start = comment.start as usize;
    let rest = words.trim_start_matches('#').trim_start().strip_prefix("lint401:")?.trim_start();
    let is_whole_file = rest.starts_with("ignore-file");
    let rest = rest.strip_prefix("ignore-file").or_else(|| rest.strip_prefix("ignore"))?;
    let (list, reason) = rest.trim_start().strip_prefix('[')?.split_once(']')?;
    let mut names = Vec::new();
    let mut from = start + (list.as_ptr() as usize - words.as_ptr() as usize);
    for part in list.split(',') {
        let name = part.trim();
        let at = from + (part.len() - part.trim_start().len());
        if !name.is_empty() {
            let span = Span::new(at as u32, (at + name.len()) as u32);
            let at = Location::new(file, span);
            names.push(Named { name: name.to_owned(), at, used: Cell::new(false) });
        }
        from += part.len() + 1;
    }
    let line = memchr::memrchr(b'\n', &text[..start]).map_or(0, |end| end + 1);
    let is_alone = text[line..start].iter().all(u8::is_ascii_whitespace);
    let covers = if is_whole_file {
        Span::new(0, text.len() as u32)
    } else if is_alone {
        next(tree, index)
    } else if tree.language == Language::Nginx {
        Span::new(line as u32, comment.start)
    } else {
        return None;
    };
    let reason = reason.trim().to_owned();
    let at = Location::new(file, comment);
    Some(Suppression { at, names, reason, covers, is_alone, is_whole_file })
}

/// The directive behind a comment that stands alone, with all that is in it.
fn next(tree: &Tree, comment: usize) -> Span {
    let end = tree.comments[comment].end;
    let index = tree.nodes.partition_point(|node| node.span.start < end);
    tree.nodes.get(index).map_or(Span::empty(end), |node| node.span)
}
