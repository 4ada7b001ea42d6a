//! The handles through which rules ask: a site, a directive as it stands in one reading of its file, and a value.

use super::contexts::{ANYWHERE, guess, inside, is_conditional, known};
use super::variables::next_variable;
use super::{
    Atom, Condition, Contexts, Form, Htaccess, Include, Inclusion, InclusionId, Literal,
    ModuleState, Reference, SiteData, SiteFile, Truth,
};
use crate::config::index::UNKNOWN;
use crate::config::{Project, Target};
use crate::grammar::apache::{Directive as Known, Places, lookup, lookup_section};
use crate::source::{FileId, Location, SourceFile, Span};
use crate::syntax::{Language, Node, NodeId, Tree, Word, WordFlags};
use memchr::memmem;
use std::borrow::Cow;

/// How many sections around a directive are looked at: each question stays short in a file that is nothing but sections.
const DEEPEST: usize = 64;

/// An Apache configuration with everything a rule may ask of it.
#[derive(Clone, Copy, Debug)]
pub struct Site<'p> {
    /// The run that it is part of.
    pub project: &'p Project,
    /// What was read.
    pub data: &'p SiteData,
}

impl<'p> Site<'p> {
    /// Every directive of this name, each once however often its file is included, in the order of files and lines;
    /// those that httpd skips are among them.
    pub fn directives(self, name: &str) -> impl Iterator<Item = Directive<'p>> {
        let number = lookup(name.as_bytes()).map_or(UNKNOWN, |known| known.id.0);
        self.entries(self.data.index.get(number))
    }

    /// Every section of this name, without brackets, each once.
    pub fn sections(self, name: &str) -> impl Iterator<Item = Directive<'p>> {
        let number = lookup_section(name.as_bytes()).map_or(UNKNOWN, |known| known.id.0);
        self.entries(self.data.index.get(number))
    }

    /// Every directive and section whose name the tables lack, each once.
    pub fn unknown_directives(self) -> impl Iterator<Item = Directive<'p>> {
        self.entries(self.data.index.unknown())
    }

    /// Every directive and section of every file, each once.
    pub fn all(self) -> impl Iterator<Item = Directive<'p>> {
        self.data.files.iter().flat_map(move |file| {
            let inclusion = file.inclusions[0];
            (0..file.names.len() as u32).map(move |node| Directive {
                site: self,
                inclusion,
                id: NodeId(node),
            })
        })
    }

    /// Every directive of this name as often as its file is read.
    pub fn occurrences(self, name: &str) -> impl Iterator<Item = Directive<'p>> {
        self.directives(name).flat_map(Directive::inclusions)
    }

    /// Every section of this name as often as its file is read.
    pub fn section_occurrences(self, name: &str) -> impl Iterator<Item = Directive<'p>> {
        self.sections(name).flat_map(Directive::inclusions)
    }

    /// Every argument that holds `needle` as it is written, with its directive, each once, in the order of files and lines.
    pub fn values_with(self, needle: &[u8]) -> impl Iterator<Item = (Directive<'p>, Value<'p>)> {
        self.data.files.iter().flat_map(move |file| {
            let tree = self.project.tree(file.file);
            let text = self.project.sources.get(file.file).text();
            let mut last = None;
            memmem::find_iter(text, needle).filter_map(move |at| {
                let tree = tree?;
                let word = tree.words.partition_point(|word| word.span.end as usize <= at);
                let outside = tree.words.get(word)?.span.start as usize > at;
                if outside || last.replace(word) == Some(word) {
                    return None;
                }
                let node = tree.nodes.partition_point(|node| node.first_word as usize <= word);
                let id = NodeId(node.checked_sub(1)? as u32);
                let directive = Directive { site: self, inclusion: file.inclusions[0], id };
                let index = word - tree.node(id).first_word as usize;
                Some((directive, directive.arg(index.checked_sub(1)?)?))
            })
        })
    }

    /// The outermost directives as httpd reads them; see [`Directive::children`]. Those of .htaccess files are not among
    /// them: see [`Site::htaccess`].
    pub fn top(self) -> Children<'p> {
        Children::new(self, InclusionId::MAIN, None)
    }

    /// The files of the site, with their trees.
    pub fn files(self) -> impl Iterator<Item = (FileId, &'p SourceFile, &'p Tree)> {
        self.data.files.iter().filter_map(move |file| {
            let tree = self.project.tree(file.file)?;
            Some((file.file, self.project.sources.get(file.file), tree))
        })
    }

    /// Every node of a file of the site as a directive, in the first reading of it.
    #[must_use]
    pub fn in_file(self, file: FileId, id: NodeId) -> Option<Directive<'p>> {
        let known = self.data.files.iter().find(|known| known.file == file)?;
        Some(Directive { site: self, inclusion: known.inclusions[0], id })
    }

    /// Whether httpd reads a file, by the reading of it that is most certain.
    #[must_use]
    pub fn condition_of(self, file: FileId) -> Condition {
        self.most_certain(file, |inclusion| {
            self.inclusion(inclusion).parent.map_or(Condition::Yes, |(inclusion, id)| {
                Directive { site: self, inclusion, id }.condition()
            })
        })
    }

    /// Whether httpd reads what stands at `offset` of a file, by the reading of the file that is most certain.
    #[must_use]
    pub fn condition_at(self, file: FileId, offset: u32) -> Condition {
        let section = self.project.tree(file).and_then(|tree| {
            let before = tree.nodes.partition_point(|node| node.span.start <= offset);
            let last = NodeId(before.checked_sub(1)? as u32);
            let inside =
                |id: &NodeId| tree.node(*id).is_block() && tree.node(*id).span.end >= offset;
            std::iter::once(last).chain(tree.ancestors(last)).find(inside)
        });
        match section {
            None => self.condition_of(file),
            Some(id) => self.most_certain(file, |inclusion| {
                Directive { site: self, inclusion, id }.condition_inside()
            }),
        }
    }

    fn most_certain(self, file: FileId, condition: impl Fn(InclusionId) -> Condition) -> Condition {
        let known = self.data.files.iter().find(|known| known.file == file);
        known
            .into_iter()
            .flat_map(|known| known.inclusions.iter().map(|&inclusion| condition(inclusion)))
            .min_by_key(|condition| match condition {
                Condition::Yes => 0,
                Condition::Unknown(_) => 1,
                Condition::No => 2,
            })
            .unwrap_or(Condition::Yes)
    }

    /// Whether a file is one of the .htaccess files.
    #[must_use]
    pub fn is_htaccess(self, file: FileId) -> bool {
        let known = self.data.files.iter().find(|known| known.file == file);
        known.is_some_and(|known| self.inclusion(known.inclusions[0]).htaccess.is_some())
    }

    /// Every Include that httpd comes by, with the directive that it is, as often as its file is read.
    pub fn includes(self) -> impl Iterator<Item = (Directive<'p>, &'p Include)> {
        self.data.inclusions.iter().enumerate().flat_map(move |(index, inclusion)| {
            let inclusion_id = InclusionId(index as u32);
            inclusion.includes.iter().map(move |include| {
                (Directive { site: self, inclusion: inclusion_id, id: include.node }, include)
            })
        })
    }

    /// Whether directives may be part of the configuration that are not known here.
    #[must_use]
    pub fn includes_unknown(self) -> bool {
        let includes = self.data.inclusions.iter().flat_map(|inclusion| &inclusion.includes);
        self.data.form != Form::Main
            || includes.into_iter().any(|include| include.outcome.is_unknown())
    }

    /// Every directive that names a file other than an include, with what is known of that file.
    pub fn references(self) -> impl Iterator<Item = (Directive<'p>, &'p Reference)> {
        self.data.references.iter().map(move |reference| {
            let inclusion = self.data.files[reference.in_file as usize].inclusions[0];
            (Directive { site: self, inclusion, id: reference.node }, reference)
        })
    }

    /// The .htaccess files, each with its outermost directives as httpd reads them.
    pub fn htaccess(self) -> impl Iterator<Item = (&'p Htaccess, Children<'p>)> {
        self.data
            .htaccess
            .iter()
            .map(move |htaccess| (htaccess, Children::new(self, htaccess.inclusion, None)))
    }

    /// Whether a module is loaded once everything is read. `identifier`: such as `auth_basic_module`.
    #[must_use]
    pub fn module(self, identifier: &str) -> ModuleState {
        self.data.modules.state(identifier)
    }

    /// What a literal depends on; its [`Display`](std::fmt::Display) fits "depends on …".
    #[must_use]
    pub fn atom(self, literal: Literal) -> &'p Atom {
        &self.data.atoms[literal.atom.0 as usize]
    }

    /// What is known of the server.
    #[must_use]
    pub fn target(self) -> &'p Target {
        &self.project.target
    }

    fn entries(self, entries: &'p [(u32, NodeId)]) -> impl Iterator<Item = Directive<'p>> {
        entries.iter().map(move |&(file, id)| Directive {
            site: self,
            inclusion: self.data.files[file as usize].inclusions[0],
            id,
        })
    }

    pub(super) fn inclusion(self, id: InclusionId) -> &'p Inclusion {
        &self.data.inclusions[id.index()]
    }
}

/// A directive or section as it stands in one reading of its file.
#[derive(Clone, Copy, Debug)]
pub struct Directive<'p> {
    /// The configuration.
    pub site: Site<'p>,
    /// The reading of its file that is meant.
    pub inclusion: InclusionId,
    /// Its node in the file's tree.
    pub id: NodeId,
}

impl<'p> Directive<'p> {
    pub(super) fn file_number(self) -> u32 {
        self.site.inclusion(self.inclusion).file
    }

    pub(super) fn file(self) -> &'p SiteFile {
        &self.site.data.files[self.file_number() as usize]
    }

    /// The file that it is written in.
    #[must_use]
    pub fn source(self) -> &'p SourceFile {
        self.site.project.sources.get(self.file().file)
    }

    /// The tree of that file.
    #[must_use]
    pub fn tree(self) -> &'p Tree {
        static EMPTY: Tree = Tree::new(Language::Apache);
        self.site.project.tree(self.file().file).unwrap_or(&EMPTY)
    }

    /// Its node.
    #[must_use]
    pub fn node(self) -> &'p Node {
        self.tree().node(self.id)
    }

    fn number(self) -> u16 {
        self.file().names[self.id.index()]
    }

    /// What the tables say of its name.
    #[must_use]
    pub fn known(self) -> Option<&'static Known> {
        known(self.number())
    }

    /// Its name, a section's without brackets.
    #[must_use]
    pub fn name(self) -> Cow<'p, str> {
        match self.known() {
            Some(known) => Cow::Borrowed(known.name),
            None => match self.name_value().decoded() {
                Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
                Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
            },
        }
    }

    /// Whether this is its name, and it is no section.
    #[must_use]
    pub fn is(self, name: &str) -> bool {
        self.known().is_some_and(|known| known.name == name && !known.section)
    }

    /// Whether it is the section of this name.
    #[must_use]
    pub fn is_section(self, name: &str) -> bool {
        self.known().is_some_and(|known| known.name == name && known.section)
    }

    /// Whether it is a section that httpd opens or skips while it reads: `<IfModule>`, `<IfDefine>` and their like.
    #[must_use]
    pub fn is_conditional(self) -> bool {
        is_conditional(self.number())
    }

    /// The name as it is written.
    #[must_use]
    pub fn name_value(self) -> Value<'p> {
        self.word(self.node().first_word, self.tree().name(self.id))
    }

    /// Its arguments. A section's end before the last `>` of its line.
    pub fn args(self) -> impl ExactSizeIterator<Item = Value<'p>> + DoubleEndedIterator {
        let first = self.node().first_word + 1;
        let words = self.tree().args(self.id).iter().enumerate();
        words.map(move |(index, &word)| self.word(first + index as u32, word))
    }

    /// The argument at `index`, from 0.
    #[must_use]
    pub fn arg(self, index: usize) -> Option<Value<'p>> {
        let word = *self.tree().args(self.id).get(index)?;
        Some(self.word(self.node().first_word + 1 + index as u32, word))
    }

    /// Whether its first argument is `word`, in any letter case.
    #[must_use]
    pub fn says(self, word: &[u8]) -> bool {
        self.arg(0).is_some_and(|first| first.is_ignoring_case(word))
    }

    fn word(self, number: u32, word: Word) -> Value<'p> {
        Value { directive: self, number, word }
    }

    /// The rest of the line behind the name, as a `RAW_ARGS` directive gets it; variables are not filled in.
    #[must_use]
    pub fn raw_arguments(self) -> Span {
        crate::syntax::apache::raw_arguments(self.tree(), self.id)
    }

    /// Whether every argument is known, and so is how many there are: no variable or template fills one in that could be
    /// several words.
    #[must_use]
    pub fn has_known_arguments(self) -> bool {
        self.args().all(|arg| arg.known().is_some())
    }

    /// Its line without the white space around it; a section's head.
    #[must_use]
    pub fn location(self) -> Location {
        self.at(self.node().head)
    }

    /// A span of its file as a place.
    #[must_use]
    pub fn at(self, span: Span) -> Location {
        Location::new(self.file().file, span)
    }

    /// The section that it is written in, conditional ones among them, across an Include; `None` at the top, and where a
    /// fragment's surroundings are unknown.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        let mut at = self;
        loop {
            if let Some(id) = at.node().parent {
                return Some(Self { id, ..at });
            }
            let (inclusion, id) = at.site.inclusion(at.inclusion).parent?;
            at = Self { inclusion, id, ..at };
        }
    }

    /// Everything that it is written in, innermost first. Of more than [`DEEPEST`], which no person writes, the innermost.
    pub fn ancestors(self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.parent(), |section| section.parent()).take(DEEPEST)
    }

    /// The section that it counts in: the innermost one around it that is not conditional.
    #[must_use]
    pub fn section(self) -> Option<Self> {
        self.sections().next()
    }

    /// The sections that it counts in, innermost first, conditional ones left out.
    pub fn sections(self) -> impl Iterator<Item = Self> {
        self.ancestors().filter(|section| !section.is_conditional())
    }

    /// The directives that count in this section, as httpd reads them: includes expanded, conditional sections opened and
    /// those that are certainly skipped left out. An Include is among them where more may stand in its place than is known.
    pub fn children(self) -> Children<'p> {
        Children::new(self.site, self.inclusion, Some(self.id))
    }

    /// The directives that count in the same section, itself among them.
    pub fn siblings(self) -> Children<'p> {
        match self.section() {
            Some(section) => section.children(),
            None => Children::new(self.site, self.root(), None),
        }
    }

    /// The reading that everything started with: the main file's, or the .htaccess file's.
    fn root(self) -> InclusionId {
        let mut at = self.inclusion;
        while let Some((above, _)) = self.site.inclusion(at).parent {
            at = above;
        }
        at
    }

    /// Whether httpd reads it.
    #[must_use]
    pub fn condition(self) -> Condition {
        if self.site.inclusion(self.inclusion).is_certain {
            return Condition::Yes;
        }
        Condition::all(self.ancestors().filter_map(Self::truth))
    }

    /// Whether httpd reads what stands in this section.
    #[must_use]
    pub fn condition_inside(self) -> Condition {
        if self.site.inclusion(self.inclusion).is_certain {
            return Condition::Yes;
        }
        Condition::all(std::iter::once(self).chain(self.ancestors()).filter_map(Self::truth))
    }

    /// What is known of a conditional section.
    #[must_use]
    pub fn truth(self) -> Option<Truth> {
        if !self.is_conditional() {
            return None;
        }
        let truths = &self.site.inclusion(self.inclusion).truths;
        // httpd does not come by one that stands in a section which is skipped; that one tells
        truths.binary_search_by_key(&self.id, |&(node, _)| node).ok().map(|at| truths[at].1)
    }

    /// Where it stands in the words of httpd's tables: several places where a fragment leaves that open.
    #[must_use]
    pub fn contexts(self) -> Contexts {
        let htaccess = self.htaccess().is_some();
        let mut around: Vec<Self> = self.ancestors().collect();
        around.reverse();
        let top = self.site.top_places(self.root());
        let places = around.iter().fold(top, |outer, section| inside(section.known(), outer));
        Contexts { places, htaccess }
    }

    /// The .htaccess file that it stands in.
    #[must_use]
    pub fn htaccess(self) -> Option<&'p Htaccess> {
        let number = self.site.inclusion(self.inclusion).htaccess?;
        self.site.data.htaccess.get(number as usize)
    }

    /// Whether something is around its file that is not known here.
    #[must_use]
    pub fn is_in_fragment(self) -> bool {
        self.site.data.form != Form::Main
    }

    /// It, in every reading of its file.
    pub fn inclusions(self) -> impl Iterator<Item = Self> {
        self.file().inclusions.iter().map(move |&inclusion| Self { inclusion, ..self })
    }

    /// Whether its file is a template: then nothing in it is duplicate, missing or unbalanced for certain.
    #[must_use]
    pub fn is_in_template(self) -> bool {
        self.source().template().is_some()
    }

    /// The sections that it counts in as people name them, outermost first: `VirtualHost shop.example`, `Directory /srv`.
    /// Of more than anybody writes, the innermost.
    #[must_use]
    pub fn scope(self) -> Vec<String> {
        let sections = self.ancestors().take(64).filter(|section| !section.is_conditional());
        let mut scope: Vec<String> = sections.take(16).map(Self::title).collect();
        scope.reverse();
        scope
    }

    /// A section as people name it.
    fn title(self) -> String {
        let name = self.name().into_owned();
        if self.is_section("VirtualHost")
            // near the top, or this is no VirtualHost that a person wrote
            && let Some(server) = self.children().take(1000).find(|child| child.is("ServerName"))
            && let Some(first) = server.arg(0)
        {
            return format!("{name} {}", first.lossy());
        }
        self.args().fold(name, |title, arg| title + " " + &arg.lossy())
    }
}

impl Site<'_> {
    /// The places in which the outermost directives of a reading may stand.
    pub(super) fn top_places(self, root: InclusionId) -> Places {
        let inclusion = self.inclusion(root);
        if inclusion.htaccess.is_some() {
            return Places::DIRECTORY;
        }
        let file = self.data.files[inclusion.file as usize].file;
        let source = self.project.sources.get(file);
        let Some(tree) = self.project.tree(file) else { return ANYWHERE };
        guess(&source.path, self.data.form, source.text(), tree)
    }
}

/// The directives of a section as httpd reads them; see [`Directive::children`].
#[derive(Clone, Debug)]
pub struct Children<'p> {
    site: Site<'p>,
    /// Where to go on in each file, the innermost last: its reading, the next node and the end.
    stack: Vec<(InclusionId, u32, u32)>,
    /// Files of an Include that are still to come, each list with the depth of the stack that it belongs to.
    pending: Vec<(usize, std::ops::Range<u32>)>,
}

impl<'p> Children<'p> {
    fn new(site: Site<'p>, inclusion: InclusionId, section: Option<NodeId>) -> Self {
        let mut children = Self { site, stack: Vec::new(), pending: Vec::new() };
        children.enter(inclusion, section);
        children
    }

    fn enter(&mut self, inclusion: InclusionId, section: Option<NodeId>) {
        let file = &self.site.data.files[self.site.inclusion(inclusion).file as usize];
        let (next, end) = match section {
            Some(id) => {
                let tree = self.site.project.tree(file.file);
                (id.0 + 1, tree.map_or(0, |tree| tree.node(id).end))
            }
            None => (0, file.names.len() as u32),
        };
        self.stack.push((inclusion, next, end));
    }

    /// Goes on with the next file of the same Include, if the one that just ended was one of several.
    fn next_file(&mut self) {
        let Some((level, rest)) = self.pending.last_mut() else { return };
        if *level != self.stack.len() {
            return;
        }
        match rest.next() {
            Some(file) => self.enter(InclusionId(file), None),
            None => {
                self.pending.pop();
            }
        }
    }
}

impl<'p> Iterator for Children<'p> {
    type Item = Directive<'p>;

    fn next(&mut self) -> Option<Directive<'p>> {
        loop {
            let depth = self.stack.len();
            let (inclusion, next, end) = self.stack.last_mut()?;
            if *next >= *end {
                self.stack.pop();
                self.next_file();
                continue;
            }
            let directive = Directive { site: self.site, inclusion: *inclusion, id: NodeId(*next) };
            if directive.is_conditional() {
                let skipped = directive.truth() == Some(Truth::No);
                *next = if skipped { directive.node().end } else { *next + 1 };
                continue;
            }
            *next = directive.node().end;
            let includes = &self.site.inclusion(directive.inclusion).includes;
            let include = includes.binary_search_by_key(&directive.id, |include| include.node).ok();
            let Some(include) = include.map(|at| &includes[at]) else { return Some(directive) };
            let mut files = include.read.clone();
            if let Some(first) = files.next() {
                self.pending.push((depth, files));
                self.enter(InclusionId(first), None);
            }
            if include.outcome.is_unknown() {
                // what else it stands for is not known here; the directive itself says so
                return Some(directive);
            }
        }
    }
}

/// An argument, or a directive's name, as it is written.
#[derive(Clone, Copy, Debug)]
pub struct Value<'p> {
    /// The directive that it belongs to.
    pub directive: Directive<'p>,
    /// The number of the word in its file's tree.
    number: u32,
    /// The word.
    pub word: Word,
}

impl<'p> Value<'p> {
    /// The bytes in the file, quotes included.
    #[must_use]
    pub fn raw(self) -> &'p [u8] {
        self.directive.source().slice(self.word.span)
    }

    /// The word without quotes and escapes, variables as they are written. For a template's value, what stands in the
    /// template.
    #[must_use]
    pub fn decoded(self) -> Cow<'p, [u8]> {
        self.word.decode(Language::Apache, self.directive.source().bytes())
    }

    /// What httpd takes it for, variables filled in; `None` where a template or an unknown variable has a part in it.
    #[must_use]
    pub fn known(self) -> Option<Cow<'p, [u8]>> {
        if self.is_templated() {
            return None;
        }
        if !self.has_variable() {
            return Some(self.decoded());
        }
        let values = &self.directive.site.inclusion(self.directive.inclusion).values;
        let at = values.binary_search_by_key(&self.number, |(word, _)| *word).ok()?;
        values[at].1.as_deref().map(Cow::Borrowed)
    }

    /// Whether a template fills in a part of it.
    #[must_use]
    pub fn is_templated(self) -> bool {
        self.word.flags.has(WordFlags::TEMPLATED)
    }

    /// Whether it holds a `${NAME}`.
    #[must_use]
    pub fn has_variable(self) -> bool {
        self.directive.file().has_variables && next_variable(self.raw()).is_some()
    }

    /// The names of the variables in it.
    pub fn variables(self) -> impl Iterator<Item = &'p [u8]> {
        let mut rest = self.raw();
        std::iter::from_fn(move || {
            let (_, name, end) = next_variable(rest)?;
            rest = &rest[end..];
            Some(name)
        })
    }

    /// Whether it is exactly these bytes, whatever the quotes.
    #[must_use]
    pub fn is(self, bytes: &[u8]) -> bool {
        self.known().is_some_and(|known| *known == *bytes)
    }

    /// Whether it is these bytes in any letter case.
    #[must_use]
    pub fn is_ignoring_case(self, bytes: &[u8]) -> bool {
        self.known().is_some_and(|known| known.eq_ignore_ascii_case(bytes))
    }

    /// Its place among the arguments, from 0; 0 for a directive's name, too.
    #[must_use]
    pub fn index(self) -> usize {
        (self.number as usize).saturating_sub(self.directive.node().first_word as usize + 1)
    }

    /// Its text for a message, between backquotes.
    #[must_use]
    pub fn shown(self) -> String {
        crate::config::nginx::shown(&self.decoded())
    }

    /// Its text for a message, not to be computed with: bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn lossy(self) -> String {
        String::from_utf8_lossy(&self.decoded()).into_owned()
    }

    /// Where it stands, quotes included.
    #[must_use]
    pub fn location(self) -> Location {
        self.directive.at(self.word.span)
    }

    /// Where the bytes `range` of the text between the quotes stand. Meaningful only for a value without escapes.
    #[must_use]
    pub fn part(self, range: std::ops::Range<usize>) -> Location {
        let start = self.word.inner().start;
        self.directive.at(Span::new(start + range.start as u32, start + range.end as u32))
    }
}
