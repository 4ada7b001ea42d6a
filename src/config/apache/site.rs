//! The handle through which rules ask a configuration; see [`Directive`] and [`Value`](super::Value) for what it gives.

use super::contexts::{ANYWHERE, guess};
use super::{
    Alike, Atom, Children, Condition, Directive, Form, Htaccess, Include, Inclusion, InclusionId,
    Literal, ModuleState, Reference, SiteData, Value,
};
use crate::config::index::UNKNOWN;
use crate::config::{Project, Target};
use crate::grammar::apache::{Places, lookup, lookup_section};
use crate::source::{FileId, SourceFile};
use crate::syntax::{NodeId, Tree, WordFlags};
use memchr::memmem;

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
    pub fn directives(self, name: &str) -> impl Iterator<Item = Directive<'p>> + use<'p> {
        let number = lookup(name.as_bytes()).map_or(UNKNOWN, |known| known.id.0);
        self.entries(self.data.index.get(number))
    }

    /// Every section of this name, without brackets, each once.
    pub fn sections(self, name: &str) -> impl Iterator<Item = Directive<'p>> + use<'p> {
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
            (0..file.names.len() as u32)
                .map(move |node| Directive::new(self, file.inclusions[0], file, NodeId(node)))
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
        self.values_where(move |text| memmem::find_iter(text, needle))
    }

    /// Every argument that holds something of what `find` finds in the text of its file, ascending; likewise.
    pub fn values_where<P: Iterator<Item = usize>>(
        self,
        find: impl Fn(&'p [u8]) -> P,
    ) -> impl Iterator<Item = (Directive<'p>, Value<'p>)> {
        self.data.files.iter().flat_map(move |file| {
            let tree = self.project.tree(file.file);
            let mut last = None;
            find(self.project.sources.get(file.file).text()).filter_map(move |at| {
                let tree = tree?;
                let word = tree.words.partition_point(|word| word.span.end as usize <= at);
                let outside = tree.words.get(word)?.span.start as usize > at;
                if outside || last.replace(word) == Some(word) {
                    return None;
                }
                let node = tree.nodes.partition_point(|node| node.first_word as usize <= word);
                let id = NodeId(node.checked_sub(1)? as u32);
                let directive = Directive::new(self, file.inclusions[0], file, id);
                let index = word - tree.node(id).first_word as usize;
                Some((directive, directive.arg(index.checked_sub(1)?)?))
            })
        })
    }

    /// Every argument whose quote is not closed, of the directives that httpd reads, or may read.
    pub fn unclosed_values(self) -> impl Iterator<Item = Value<'p>> {
        let is_open = |value: &Value<'_>| value.word.flags.has(WordFlags::UNCLOSED);
        let has_open = move |directive: Directive<'p>| directive.args().any(|arg| is_open(&arg));
        self.every_line()
            .filter(move |line| line.one().is_some_and(has_open))
            .flat_map(Alike::directives)
            .flat_map(move |directive| directive.args().filter(move |arg| is_open(arg)))
    }

    /// The outermost directives as httpd reads them; see [`Directive::children`]. Those of .htaccess files are not among
    /// them: see [`Site::htaccess`].
    pub fn top(self) -> Children<'p> {
        Children::of_file(self, InclusionId::MAIN)
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
        Some(Directive::new(self, known.inclusions[0], known, id))
    }

    /// Whether httpd reads a file, by the reading of it that is most certain.
    #[must_use]
    pub fn condition_of(self, file: FileId) -> Condition {
        self.most_certain(file, |inclusion| {
            self.inclusion(inclusion)
                .parent
                .map_or(Condition::Yes, |(above, id)| self.directive(above, id).condition())
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
            Some(id) => self
                .most_certain(file, |inclusion| self.directive(inclusion, id).condition_inside()),
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
            inclusion
                .includes
                .iter()
                .map(move |include| (self.directive(inclusion_id, include.node), include))
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
        self.naming(&self.data.references)
    }

    /// Every directive that names a program which checks logins, with what is known of that file.
    pub fn programs(self) -> impl Iterator<Item = (Directive<'p>, &'p Reference)> {
        self.naming(&self.data.programs)
    }

    fn naming(
        self,
        references: &'p [Reference],
    ) -> impl Iterator<Item = (Directive<'p>, &'p Reference)> {
        references
            .iter()
            .map(move |reference| (self.first(reference.in_file, reference.node), reference))
    }

    /// The .htaccess files, each with its outermost directives as httpd reads them.
    pub fn htaccess(self) -> impl Iterator<Item = (&'p Htaccess, Children<'p>)> {
        self.data
            .htaccess
            .iter()
            .map(move |htaccess| (htaccess, Children::of_file(self, htaccess.inclusion)))
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

    fn entries(
        self,
        entries: &'p [(u32, NodeId)],
    ) -> impl Iterator<Item = Directive<'p>> + use<'p> {
        entries.iter().map(move |&(file, id)| self.first(file, id))
    }

    /// A node of the file with this number as a directive, in the first reading of that file.
    pub(super) fn first(self, file: u32, id: NodeId) -> Directive<'p> {
        let file = &self.data.files[file as usize];
        Directive::new(self, file.inclusions[0], file, id)
    }

    /// A node as a directive, in this reading of its file.
    ///
    /// # Panics
    /// When there is no such reading.
    #[must_use]
    pub fn directive(self, inclusion: InclusionId, id: NodeId) -> Directive<'p> {
        let file = &self.data.files[self.inclusion(inclusion).file as usize];
        Directive::new(self, inclusion, file, id)
    }

    pub(super) fn inclusion(self, id: InclusionId) -> &'p Inclusion {
        &self.data.inclusions[id.index()]
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
