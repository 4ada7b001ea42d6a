//! A directive as it stands in one reading of its file.

use super::contexts::{inside, is_conditional, known};
use super::{
    Children, Condition, Contexts, Form, Htaccess, InclusionId, Site, SiteFile, Truth, Value,
};
use crate::grammar::apache::Directive as Known;
use crate::source::{Location, SourceFile, Span};
use crate::syntax::{Language, Node, NodeId, Tree, Word};
use std::borrow::Cow;

/// How many sections around a directive are looked at: each question stays short in a file that is nothing but sections.
const DEEPEST: usize = 64;

/// A directive or section as it stands in one reading of its file.
#[derive(Clone, Copy, Debug)]
pub struct Directive<'p> {
    /// The configuration.
    pub site: Site<'p>,
    /// The reading of its file that is meant.
    pub inclusion: InclusionId,
    /// Its node in the file's tree.
    pub id: NodeId,
    // looked up once, because every question needs them
    file: &'p SiteFile,
    source: &'p SourceFile,
    tree: &'p Tree,
}

impl<'p> Directive<'p> {
    /// The node `id` of `file`, which is read by `inclusion`.
    #[inline]
    pub(super) fn new(
        site: Site<'p>,
        inclusion: InclusionId,
        file: &'p SiteFile,
        id: NodeId,
    ) -> Self {
        static EMPTY: Tree = Tree::new(Language::Apache);
        let source = site.project.sources.get(file.file);
        let tree = site.project.tree(file.file).unwrap_or(&EMPTY);
        Self { site, inclusion, id, file, source, tree }
    }

    /// Another node of the same reading.
    #[must_use]
    pub fn beside(self, id: NodeId) -> Self {
        Self { id, ..self }
    }

    pub(super) fn file_number(self) -> u32 {
        self.site.inclusion(self.inclusion).file
    }

    #[inline]
    pub(super) fn file(self) -> &'p SiteFile {
        self.file
    }

    /// The file that it is written in.
    #[inline]
    #[must_use]
    pub fn source(self) -> &'p SourceFile {
        self.source
    }

    /// The tree of that file.
    #[inline]
    #[must_use]
    pub fn tree(self) -> &'p Tree {
        self.tree
    }

    /// Its node.
    #[inline]
    #[must_use]
    pub fn node(self) -> &'p Node {
        self.tree().node(self.id)
    }

    #[inline]
    fn number(self) -> u16 {
        self.file().names[self.id.index()]
    }

    /// What the tables say of its name.
    #[inline]
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
    #[inline]
    #[must_use]
    pub fn is(self, name: &str) -> bool {
        self.known().is_some_and(|known| known.name == name && !known.section)
    }

    /// Whether it is the section of this name.
    #[inline]
    #[must_use]
    pub fn is_section(self, name: &str) -> bool {
        self.known().is_some_and(|known| known.name == name && known.section)
    }

    /// Whether it is a section that httpd opens or skips while it reads: `<IfModule>`, `<IfDefine>` and their like.
    #[inline]
    #[must_use]
    pub fn is_conditional(self) -> bool {
        is_conditional(self.number())
    }

    /// The name as it is written.
    #[inline]
    #[must_use]
    pub fn name_value(self) -> Value<'p> {
        self.word(self.node().first_word, self.tree().name(self.id))
    }

    /// Its arguments. A section's end before the last `>` of its line.
    #[inline]
    pub fn args(self) -> impl ExactSizeIterator<Item = Value<'p>> + DoubleEndedIterator {
        let first = self.node().first_word + 1;
        let words = self.tree().args(self.id).iter().enumerate();
        words.map(move |(index, &word)| self.word(first + index as u32, word))
    }

    /// The argument at `index`, from 0.
    #[inline]
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

    #[inline]
    fn word(self, number: u32, word: Word) -> Value<'p> {
        Value::new(self, number, word)
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
    #[inline]
    #[must_use]
    pub fn location(self) -> Location {
        self.at(self.node().head)
    }

    /// A span of its file as a place.
    #[inline]
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
            at = at.site.directive(inclusion, id);
        }
    }

    /// Everything that it is written in, innermost first. Of more than [`DEEPEST`], which no person writes, the innermost.
    pub fn ancestors(self) -> impl Iterator<Item = Self> {
        let mut inner = self;
        let next = move || {
            inner = inner.parent()?;
            Some(inner)
        };
        std::iter::from_fn(next).take(DEEPEST)
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
        Children::of_section(self)
    }

    /// The directives that count in the same section, itself among them.
    pub fn siblings(self) -> Children<'p> {
        match self.section() {
            Some(section) => section.children(),
            None => Children::of_file(self.site, self.root()),
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

    /// It, in a reading of its file in which httpd reads it, or may read it.
    #[must_use]
    pub fn as_read(self) -> Option<Self> {
        if self.site.inclusion(self.inclusion).is_certain {
            return Some(self);
        }
        self.inclusions().find(|one| one.condition() != Condition::No)
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
