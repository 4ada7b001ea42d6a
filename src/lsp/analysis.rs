//! One configuration as it stands in the editor: everything that an open document belongs to, read and judged.

use super::documents::{Documents, Edited, plain};
use super::position::Encoding;
use super::uri;
use crate::check::mend::{self, Changed};
use crate::check::{self, Outcome};
use crate::config::{self, Options, Project};
use crate::diagnostic::Safety;
use crate::source::{FileId, FileSystem, Location, Memory, Overlay, SourceFile, Span};
use crate::syntax::{NodeId, Tree};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A configuration with what was found in it.
#[derive(Debug)]
pub(super) struct Analysis {
    pub(super) project: Project,
    pub(super) outcome: Outcome,
    /// The document that it was read for.
    path: PathBuf,
    options: Options,
    settings: check::Settings,
    /// The files by their paths without links.
    by_path: HashMap<PathBuf, FileId>,
    /// The URI of each file by [`FileId::index`].
    uris: Vec<String>,
}

impl Analysis {
    /// Reads what the file at `path` belongs to, and runs the rules over all of it.
    pub(super) fn new(
        disk: &dyn FileSystem,
        documents: &Documents,
        path: &Path,
        options: Options,
        settings: check::Settings,
    ) -> Self {
        let fs = Edited { disk, documents };
        let mut project = config::load(&fs, &[path.to_owned()], &options);
        // what a document does to other files is shown as well
        project.shown = None;
        let outcome = check::run(&options.links(&fs), &project, &settings);
        let mut by_path = HashMap::new();
        let mut uris = Vec::new();
        for (id, file) in project.sources.texts() {
            let path = plain(disk, &file.path);
            uris.push(
                documents.get(&path).map_or_else(|| uri::of_path(&path), |one| one.uri.clone()),
            );
            if file.expansion.is_none() {
                by_path.entry(path).or_insert(id);
            }
        }
        let path = path.to_owned();
        Self { project, outcome, path, options, settings, by_path, uris }
    }

    /// What the safe fixes of a file make of it, and of others where they belong together: each is tried out first.
    pub(super) fn mended(
        &self,
        disk: &dyn FileSystem,
        documents: &Documents,
        file: FileId,
    ) -> Vec<Changed> {
        let fs = Edited { disk, documents };
        let home = &self.source(file).path;
        let again = |texts: &[(PathBuf, Vec<u8>)],
                     then: &mut dyn FnMut(&dyn FileSystem, &Project)| {
            let mut memory = Memory::default();
            for (path, text) in texts {
                memory.insert(path, text.as_slice());
            }
            let edited = Overlay::new(&fs, memory);
            let named = std::slice::from_ref(&self.path);
            let mut project = config::load(&edited, named, &self.options);
            // what other files are about is theirs
            let here = project.sources.iter().find(|(_, source)| source.path == *home);
            project.shown = Some(here.map(|(id, _)| id).into_iter().collect());
            then(&edited, &project);
        };
        mend::mend(&self.settings, Safety::Safe, &again).files
    }

    /// The file that was read from a path.
    pub(super) fn read_from(&self, path: &Path) -> Option<FileId> {
        self.project.sources.find(path)
    }

    /// The file at a path without links.
    pub(super) fn file(&self, path: &Path) -> Option<FileId> {
        self.by_path.get(path).copied()
    }

    /// The files with their paths.
    pub(super) fn files(&self) -> impl Iterator<Item = (&Path, FileId)> {
        self.by_path.iter().map(|(path, &id)| (path.as_path(), id))
    }

    pub(super) fn uri(&self, file: FileId) -> &str {
        &self.uris[file.index()]
    }

    pub(super) fn source(&self, file: FileId) -> &SourceFile {
        self.project.sources.get(file)
    }

    /// A place in the file that an editor opens: what was read out of a dump lies in the dump.
    pub(super) fn in_editor(&self, at: Location) -> Location {
        let at = self.project.sources.written(at);
        match &self.source(at.file).dump {
            None => at,
            Some(origin) => {
                let span = Span::new(origin.to_dump(at.span.start), origin.to_dump(at.span.end));
                Location::new(origin.dump, span)
            }
        }
    }

    /// A place as the protocol writes it.
    pub(super) fn location(&self, at: Location, encoding: Encoding) -> gen_lsp_types::Location {
        let at = self.in_editor(at);
        let range = encoding.range(self.source(at.file), at.span);
        gen_lsp_types::Location { uri: self.uri(at.file).into(), range }
    }

    /// `nginx.conf:4`: the file's own name and the line.
    pub(super) fn short_name(&self, at: Location) -> String {
        let at = self.in_editor(at);
        let file = self.source(at.file);
        let name = file.name.rsplit('/').next().unwrap_or(&file.name);
        format!("{}:{}", crate::report::visible(name), file.position(at.span.start).line)
    }

    /// `[nginx.conf:4](file:///…#L4)`.
    pub(super) fn link(&self, at: Location) -> String {
        let line =
            self.source(self.in_editor(at).file).position(self.in_editor(at).span.start).line;
        format!("[{}]({}#L{line})", self.short_name(at), self.uri(self.in_editor(at).file))
    }

    /// The directive whose words hold `offset`, with the number of the word: 0 for the name.
    pub(super) fn word_at(&self, file: FileId, offset: u32) -> Option<(NodeId, usize)> {
        let tree = self.project.tree(file)?;
        let word = tree.words.partition_point(|word| word.span.end < offset);
        let found = tree.words.get(word).filter(|found| found.span.start <= offset)?;
        debug_assert!(found.span.end >= offset);
        let node = tree.nodes.partition_point(|node| node.first_word as usize <= word);
        let id = NodeId(node.checked_sub(1)? as u32);
        Some((id, word - tree.node(id).first_word as usize))
    }

    /// The innermost block whose body holds `offset`.
    pub(super) fn block_at(&self, file: FileId, offset: u32) -> Option<NodeId> {
        let tree = self.project.tree(file)?;
        let before = tree.nodes.partition_point(|node| node.span.start < offset);
        let last = NodeId(before.checked_sub(1)? as u32);
        let holds = |id: &NodeId| {
            let node = tree.node(*id);
            node.is_block() && node.body.start <= offset && offset <= node.body.end
        };
        std::iter::once(last).chain(tree.ancestors(last)).find(holds)
    }

    /// The comment that holds `offset`.
    pub(super) fn comment_at(&self, file: FileId, offset: u32) -> Option<Span> {
        let tree: &Tree = self.project.tree(file)?;
        let next = tree.comments.partition_point(|comment| comment.end < offset);
        tree.comments.get(next).copied().filter(|comment| comment.start < offset)
    }
}
