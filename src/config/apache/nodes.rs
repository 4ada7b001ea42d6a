//! What the loader keeps of each node of a file: the number of its name and of its line, and whether the rest hangs on it.

use super::contexts::CONDITIONAL;
use super::variables::next_variable;
use crate::config::alike::{Lines, Number};
use crate::config::index::UNKNOWN;
use crate::config::loader::Loader;
use crate::grammar::apache::{COUNT, Id, id, lookup, lookup_section, section_id};
use crate::source::FileId;
use crate::syntax::{Language, NodeId, NodeKind, WordFlags};
use memchr::memmem;

/// The directives that bear on how the rest is read.
const BEARING: [Id; 9] = [
    id("LoadModule"),
    id("Define"),
    id("UnDefine"),
    id("Include"),
    id("IncludeOptional"),
    id("ServerRoot"),
    section_id("Macro"),
    id("Use"),
    id("UndefMacro"),
];

/// Whether a directive or section of this name bears on how the rest is read, by the number of its name.
static EVENTS: [bool; COUNT] = {
    let mut bears = [false; COUNT];
    let mut next = 0;
    while next < BEARING.len() {
        bears[BEARING[next].index()] = true;
        next += 1;
    }
    next = 0;
    while next < CONDITIONAL.len() {
        bears[CONDITIONAL[next].index()] = true;
        next += 1;
    }
    bears
};

/// Each node of a file.
#[derive(Default)]
pub(super) struct Nodes {
    /// The grammar's number of its name.
    pub(super) names: Vec<u16>,
    /// The number of its line.
    pub(super) lines: Vec<Number>,
    /// Those that bear on how the rest is read.
    pub(super) events: Vec<NodeId>,
}

impl Nodes {
    pub(super) fn new(
        loader: &Loader<'_>,
        file: FileId,
        variables: bool,
        lines: &mut Lines,
    ) -> Self {
        let sources = &loader.project.sources;
        let mut nodes = Self::default();
        let Some(tree) = &loader.project.trees[file.index()] else { return nodes };
        let source = sources.get(file);
        let text = source.text();
        let is_template = source.template().is_some();
        nodes.names.reserve(tree.nodes.len());
        nodes.lines.reserve(tree.nodes.len());
        for (index, node) in tree.nodes.iter().enumerate() {
            let id = NodeId(index as u32);
            let lookup = || {
                let name = tree.name(id);
                if name.flags.has(WordFlags::TEMPLATED) {
                    return UNKNOWN;
                }
                let name = name.decode(Language::Apache, text);
                let known = if node.is_block() { lookup_section(&name) } else { lookup(&name) };
                known.map_or(UNKNOWN, |known| known.id.0)
            };
            // what a template or a variable fills in may differ from place to place
            let has_variable = variables && memmem::find(node.head.of(text), b"${").is_some();
            let alone = is_template || has_variable;
            let (line, name) = lines.number(sources, file, node.head, alone, lookup);
            let fills_in = || {
                let mut words = tree.words(id).iter();
                node.kind != NodeKind::Foreign
                    && words.any(|word| next_variable(word.span.of(text)).is_some())
            };
            let is_event = name != UNKNOWN && EVENTS[usize::from(name)];
            if is_event || (has_variable && fills_in()) {
                nodes.events.push(id);
            }
            nodes.names.push(name);
            nodes.lines.push(line);
        }
        nodes
    }
}
