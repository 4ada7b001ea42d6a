//! The handles through which rules ask: a site, a directive as it stands in one inclusion, and a value.

use super::{Include, Inclusion, InclusionId, Reference, SiteData, SiteFile, UNKNOWN, inside};
use crate::config::{Project, Target};
use crate::grammar::nginx::{Contexts, Directive as Known, Id};
use crate::source::{FileId, Location, SourceFile, Span};
use crate::syntax::{Language, Node, NodeId, NodeKind, Tree, Word, WordFlags};
use std::borrow::Cow;

/// An nginx configuration with everything a rule may ask of it.
#[derive(Clone, Copy, Debug)]
pub struct Site<'p> {
    /// The run that it is part of.
    pub project: &'p Project,
    /// What was read.
    pub data: &'p SiteData,
}

impl<'p> Site<'p> {
    /// Every directive of this name, each once however often its file is included, in the order of files and lines.
    pub fn directives(self, name: &str) -> impl Iterator<Item = Directive<'p>> {
        let id = crate::grammar::nginx::lookup(name.as_bytes()).map_or(UNKNOWN, |known| known.id.0);
        self.entries(self.data.index.get(id))
    }

    /// Whether this directive stands anywhere.
    #[must_use]
    pub fn has(self, id: Id) -> bool {
        !self.data.named(id).is_empty()
    }

    /// How many directives of this name there are, each counted once however often its file is included.
    #[must_use]
    pub fn count(self, id: Id) -> usize {
        self.data.named(id).len()
    }

    /// Every directive whose name the tables lack, each once; lines of free-form blocks are not among them.
    pub fn unknown_directives(self) -> impl Iterator<Item = Directive<'p>> {
        self.entries(self.data.index.unknown())
            .filter(|directive| directive.node().kind != NodeKind::Entry)
    }

    /// Every directive of every file, each once; lines of free-form blocks are not among them.
    pub fn all(self) -> impl Iterator<Item = Directive<'p>> {
        self.data.files.iter().flat_map(move |file| {
            (0..file.names.len() as u32)
                .map(move |node| Directive {
                    site: self,
                    inclusion: file.inclusion,
                    id: NodeId(node),
                })
                .filter(|directive| directive.node().kind != NodeKind::Entry)
        })
    }

    /// Every directive of this name as often as its file is included.
    pub fn occurrences(self, name: &str) -> impl Iterator<Item = Directive<'p>> {
        self.directives(name).flat_map(Directive::inclusions)
    }

    /// The outermost directives, includes expanded.
    pub fn top(self) -> Children<'p> {
        Children::new(self, InclusionId::MAIN, None)
    }

    /// Whether the tables have any name in `file`: without one it is hardly a configuration.
    #[must_use]
    pub fn knows_a_directive_of(self, file: FileId) -> bool {
        let file = self.data.files.iter().find(|known| known.file == file);
        file.is_some_and(|file| file.names.iter().any(|&name| name != UNKNOWN))
    }

    /// The directive at `id` of a file, in its first inclusion.
    #[must_use]
    pub fn in_file(self, file: FileId, id: NodeId) -> Option<Directive<'p>> {
        let known = self.data.files.iter().find(|known| known.file == file)?;
        Some(Directive { site: self, inclusion: known.inclusion, id })
    }

    /// The files of the site, with their trees.
    pub fn files(self) -> impl Iterator<Item = (FileId, &'p SourceFile, &'p Tree)> {
        self.data.files.iter().filter_map(move |file| {
            let tree = self.project.trees[file.file.index()].as_ref()?;
            Some((file.file, self.project.sources.get(file.file), tree))
        })
    }

    /// Every `include` with the directive that it is, each once.
    pub fn includes(self) -> impl Iterator<Item = (Directive<'p>, &'p Include)> {
        self.data.files.iter().flat_map(move |file| {
            let inclusion = &self.data.inclusions[file.inclusion.index()];
            inclusion.includes.iter().map(move |include| {
                (Directive { site: self, inclusion: file.inclusion, id: include.node }, include)
            })
        })
    }

    /// Every directive that names a file other than an include, with what is known of that file.
    pub fn references(self) -> impl Iterator<Item = (Directive<'p>, &'p Reference)> {
        self.data.references.iter().map(move |reference| (self.referring(reference), reference))
    }

    /// The directive that names the file.
    pub(super) fn referring(self, reference: &Reference) -> Directive<'p> {
        let inclusion = self.data.files[reference.in_file as usize].inclusion;
        Directive { site: self, inclusion, id: reference.node }
    }

    /// What is known of the server.
    #[must_use]
    pub fn target(self) -> &'p Target {
        &self.project.target
    }

    pub(super) fn entries(
        self,
        entries: &'p [(u32, NodeId)],
    ) -> impl Iterator<Item = Directive<'p>> {
        entries.iter().map(move |&(file, id)| Directive {
            site: self,
            inclusion: self.data.files[file as usize].inclusion,
            id,
        })
    }

    pub(super) fn inclusion(self, id: InclusionId) -> &'p Inclusion {
        &self.data.inclusions[id.index()]
    }
}

/// A directive as it stands in one inclusion of its file.
#[derive(Clone, Copy, Debug)]
pub struct Directive<'p> {
    /// The configuration.
    pub site: Site<'p>,
    /// The inclusion of its file that is meant.
    pub inclusion: InclusionId,
    /// Its node in the file's tree.
    pub id: NodeId,
}

impl<'p> Directive<'p> {
    pub(super) fn file(self) -> &'p SiteFile {
        &self.site.data.files[self.site.inclusion(self.inclusion).file as usize]
    }

    /// The file that it is written in.
    #[must_use]
    pub fn source(self) -> &'p SourceFile {
        self.site.project.sources.get(self.file().file)
    }

    /// The tree of that file.
    #[must_use]
    pub fn tree(self) -> &'p Tree {
        self.tree_of(self.file())
    }

    fn tree_of(self, file: &SiteFile) -> &'p Tree {
        static EMPTY: Tree = Tree::new(Language::Nginx);
        self.site.project.trees[file.file.index()].as_ref().unwrap_or(&EMPTY)
    }

    /// Its node.
    #[must_use]
    pub fn node(self) -> &'p Node {
        self.tree().node(self.id)
    }

    /// What the tables say of its name.
    #[must_use]
    pub fn known(self) -> Option<&'static Known> {
        let name = self.file().names[self.id.index()];
        (name != UNKNOWN).then(|| crate::grammar::nginx::Id(name).directive())
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> Cow<'p, str> {
        match self.known() {
            Some(known) => Cow::Borrowed(known.name),
            None => match self.word(self.tree().name(self.id)).decoded() {
                Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
                Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
            },
        }
    }

    /// Whether this is its name.
    #[must_use]
    pub fn is(self, name: &str) -> bool {
        self.known().is_some_and(|known| known.name == name)
    }

    /// The name as it is written.
    #[must_use]
    pub fn name_value(self) -> Value<'p> {
        self.word(self.tree().name(self.id))
    }

    /// Its arguments.
    pub fn args(self) -> impl ExactSizeIterator<Item = Value<'p>> + DoubleEndedIterator {
        let file = self.file();
        let source = self.site.project.sources.get(file.file);
        let words = self.tree_of(file).args(self.id);
        words.iter().map(move |&word| Value { source, file: file.file, word })
    }

    /// The argument at `index`, from 0.
    #[must_use]
    pub fn arg(self, index: usize) -> Option<Value<'p>> {
        let file = self.file();
        let &word = self.tree_of(file).args(self.id).get(index)?;
        Some(Value { source: self.site.project.sources.get(file.file), file: file.file, word })
    }

    fn word(self, word: Word) -> Value<'p> {
        Value { source: self.source(), file: self.file().file, word }
    }

    /// Its head: from the name to the `;` or `{`.
    #[must_use]
    pub fn location(self) -> Location {
        self.at(self.node().head)
    }

    /// The name and arguments, without what ends them: the place to underline.
    #[must_use]
    pub fn words_location(self) -> Location {
        let words = self.tree().words(self.id);
        self.at(words.iter().fold(words[0].span, |all, word| all.cover(word.span)))
    }

    /// A span of its file as a place.
    #[must_use]
    pub fn at(self, span: Span) -> Location {
        Location::new(self.file().file, span)
    }

    /// The block around it, across an `include`; `None` at the top, and where a fragment's surroundings are unknown.
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

    /// The blocks around it, innermost first.
    pub fn ancestors(self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.parent(), |block| block.parent())
    }

    /// Whether something is around its file that is not known here.
    #[must_use]
    pub fn is_in_fragment(self) -> bool {
        !self.site.data.complete
    }

    /// The directives in its block, includes expanded.
    pub fn children(self) -> Children<'p> {
        Children::new(self.site, self.inclusion, Some(self.id))
    }

    /// The directives of the same block, itself among them, includes expanded.
    pub fn siblings(self) -> Children<'p> {
        match self.parent() {
            Some(block) => block.children(),
            None => self.site.top(),
        }
    }

    /// The first directive of this name in its block.
    #[must_use]
    pub fn child(self, name: &str) -> Option<Self> {
        self.children().find(|child| child.is(name))
    }

    /// The places in which it may stand in this inclusion: one when that is known, several in a fragment.
    #[must_use]
    pub fn contexts(self) -> Contexts {
        let file = self.file();
        let around = self.site.inclusion(self.inclusion).contexts;
        if around == self.site.inclusion(file.inclusion).contexts {
            return file.contexts[self.id.index()];
        }
        // the file is included in places of several kinds: from its outermost block inwards
        let mut blocks: Vec<NodeId> = self.tree().ancestors(self.id).collect();
        blocks.reverse();
        blocks.iter().fold(around, |around, &id| inside(Self { id, ..self }.known(), around))
    }

    /// It, in every inclusion of its file.
    pub fn inclusions(self) -> impl Iterator<Item = Self> {
        self.file().inclusions.iter().map(move |&inclusion| Self { inclusion, ..self })
    }

    /// Whether no brace is missing or too many in its file.
    #[must_use]
    pub fn is_in_balanced_file(self) -> bool {
        self.file().balanced
    }

    /// Whether its file is a template: then nothing in it is duplicate, missing or unbalanced for certain.
    #[must_use]
    pub fn is_in_template(self) -> bool {
        self.source().template().is_some()
    }

    /// The blocks around it as people name them, outermost first: `http`, `server shop.example`, `location /`. Of more
    /// than sixteen, which no person writes, the innermost.
    #[must_use]
    pub fn scope(self) -> Vec<String> {
        let mut scope: Vec<String> = self.ancestors().take(16).map(Self::title).collect();
        scope.reverse();
        scope
    }

    /// A block as people name it.
    #[must_use]
    pub fn title(self) -> String {
        let name = self.name();
        if self.is("server") {
            // near the top, or this is no server block that a person wrote
            let names = self.children().take(1000).find(|child| child.is("server_name"));
            let names = names.and_then(|names| names.arg(0));
            return names.map_or_else(
                || name.clone().into_owned(),
                |first| format!("server {}", first.lossy()),
            );
        }
        self.args().fold(name.into_owned(), |title, arg| title + " " + &arg.lossy())
    }
}

/// The directives of a block in the order in which nginx reads them, includes expanded in their places.
#[derive(Clone, Debug)]
pub struct Children<'p> {
    site: Site<'p>,
    at: Frame<'p>,
    /// Where to go on behind each include that led here, the innermost last, and its inclusions that are still to come.
    outer: Vec<(Frame<'p>, std::ops::Range<u32>)>,
}

/// What is left of a block, or of a file, in one inclusion.
#[derive(Clone, Copy, Debug)]
struct Frame<'p> {
    inclusion: InclusionId,
    nodes: &'p [Node],
    next: u32,
    end: u32,
    /// The includes of this inclusion that are not behind us yet.
    includes: &'p [Include],
}

impl<'p> Frame<'p> {
    fn new(site: Site<'p>, id: InclusionId, block: Option<NodeId>) -> Self {
        let inclusion = site.inclusion(id);
        let file = &site.data.files[inclusion.file as usize];
        let nodes = site.project.trees[file.file.index()].as_ref().map_or(&[][..], |it| &it.nodes);
        let (next, end) = match block {
            Some(block) => (block.0 + 1, nodes[block.index()].end),
            None => (0, nodes.len() as u32),
        };
        let mut frame = Self { inclusion: id, nodes, next, end, includes: &inclusion.includes };
        if block.is_some() {
            frame.skip_includes(NodeId(next));
        }
        frame
    }

    /// Leaves the includes in front of `node` behind.
    fn skip_includes(&mut self, node: NodeId) {
        let passed = self.includes.partition_point(|include| include.node < node);
        self.includes = &self.includes[passed..];
    }

    /// The next directive, with what it includes if it is an include.
    fn next(&mut self) -> Option<(NodeId, Option<&'p Include>)> {
        if self.next >= self.end {
            return None;
        }
        let id = NodeId(self.next);
        self.next = self.nodes[id.index()].end;
        if self.includes.first().is_none_or(|include| include.node > id) {
            return Some((id, None));
        }
        self.skip_includes(id);
        Some((id, self.includes.first().filter(|include| include.node == id)))
    }
}

impl<'p> Children<'p> {
    fn new(site: Site<'p>, inclusion: InclusionId, block: Option<NodeId>) -> Self {
        Self { site, at: Frame::new(site, inclusion, block), outer: Vec::new() }
    }
}

impl<'p> Iterator for Children<'p> {
    type Item = Directive<'p>;

    fn next(&mut self) -> Option<Directive<'p>> {
        loop {
            let inclusion = self.at.inclusion;
            let Some((id, include)) = self.at.next() else {
                // the end of a file: another one of the same include, or what is behind that
                let (after, files) = self.outer.last_mut()?;
                let after = *after;
                if let Some(file) = files.next() {
                    self.at = Frame::new(self.site, InclusionId(file), None);
                } else {
                    self.at = after;
                    self.outer.pop();
                }
                continue;
            };
            let directive = Directive { site: self.site, inclusion, id };
            let Some(include) = include else { return Some(directive) };
            let mut files = include.read.clone();
            if let Some(first) = files.next() {
                self.outer.push((self.at, files));
                self.at = Frame::new(self.site, InclusionId(first), None);
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
    source: &'p SourceFile,
    file: FileId,
    /// The word.
    pub word: Word,
}

impl<'p> Value<'p> {
    /// The bytes in the file, quotes included.
    #[must_use]
    pub fn raw(self) -> &'p [u8] {
        self.source.slice(self.word.span)
    }

    /// What nginx takes it for: quotes removed, escapes resolved. For a template's value, what stands in the template.
    #[must_use]
    pub fn decoded(self) -> Cow<'p, [u8]> {
        self.word.decode(Language::Nginx, self.source.bytes())
    }

    /// What nginx takes it for, unless a template fills it in.
    #[must_use]
    pub fn known(self) -> Option<Cow<'p, [u8]>> {
        (!self.is_templated()).then(|| self.decoded())
    }

    /// Whether a template fills in a part of it.
    #[must_use]
    pub fn is_templated(self) -> bool {
        self.word.flags.has(WordFlags::TEMPLATED)
    }

    /// Whether it is exactly these bytes, whatever the quotes.
    #[must_use]
    pub fn is(self, bytes: &[u8]) -> bool {
        self.known().is_some_and(|known| *known == *bytes)
    }

    /// Its text for a message, not to be computed with: bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn lossy(self) -> String {
        String::from_utf8_lossy(&self.decoded()).into_owned()
    }

    /// Where it stands, quotes included.
    #[must_use]
    pub fn location(self) -> Location {
        Location::new(self.file, self.word.span)
    }

    /// Where the bytes `range` of the text between the quotes stand. Meaningful only for a value without escapes.
    #[must_use]
    pub fn part(self, range: std::ops::Range<usize>) -> Location {
        let start = self.word.inner().start;
        Location::new(self.file, Span::new(start + range.start as u32, start + range.end as u32))
    }
}
