//! One file that was read, and the list of all of them.

use super::{Expansion, FileId, LineIndex, Lines, Location, Position, Span, Template};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A file's bytes, with what is needed to parse them and to speak of places in them.
#[derive(Debug)]
pub struct SourceFile {
    /// Where it was read from: the path that the file system knows.
    pub path: PathBuf,
    /// The path as the user would write it; `/` between its parts.
    pub name: String,
    /// When it came out of a dump (`nginx -T`, httpd's `DUMP_CONFIG`): where in the dump it stands.
    pub dump: Option<DumpOrigin>,
    /// When no file holds it: what it is made of. Path and name are those of the file that its lines are written in.
    pub expansion: Option<Expansion>,
    bytes: Vec<u8>,
    template: Option<Template>,
    lines: OnceLock<LineIndex>,
}

/// Which bytes of a dump a file was taken from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpOrigin {
    /// The dump.
    pub dump: FileId,
    /// Pairs of (offset in the file, offset in the dump), ascending; bytes run on in step up to the next pair.
    pub runs: Vec<(u32, u32)>,
}

impl DumpOrigin {
    /// The offset in the dump of `offset` in the file.
    #[must_use]
    pub fn to_dump(&self, offset: u32) -> u32 {
        let after = self.runs.partition_point(|&(here, _)| here <= offset);
        after.checked_sub(1).map_or(0, |run| {
            let (here, there) = self.runs[run];
            there.saturating_add(offset - here)
        })
    }
}

impl SourceFile {
    /// A file with these bytes. `name` is how the user knows it.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self {
            path: path.into(),
            name: name.into(),
            dump: None,
            expansion: None,
            bytes,
            template: None,
            lines: OnceLock::new(),
        }
    }

    /// The same file, known to be a template.
    #[must_use]
    pub fn with_template(mut self, template: Option<Template>) -> Self {
        self.template = template;
        self
    }

    /// The bytes as they are on the disk.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes that parsers read: of the same length, with a template's constructs masked.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        self.template.as_ref().map_or(&self.bytes, Template::masked)
    }

    /// What is known of it as a template; `None` for an ordinary file.
    #[must_use]
    pub fn template(&self) -> Option<&Template> {
        self.template.as_ref()
    }

    /// The bytes of a template's constructs, ascending; none in an ordinary file. Parsers flag the words that touch one.
    #[must_use]
    pub fn holes(&self) -> &[Span] {
        self.template.as_ref().map_or(&[], Template::spans)
    }

    /// Its lines; their index is made when it is first asked for.
    pub fn lines(&self) -> Lines<'_> {
        self.lines.get_or_init(|| LineIndex::new(&self.bytes)).of(&self.bytes)
    }

    /// The position of `offset`.
    #[must_use]
    pub fn position(&self, offset: u32) -> Position {
        self.lines().position(offset)
    }

    /// The bytes of a span, as they are on the disk.
    #[must_use]
    pub fn slice(&self, span: Span) -> &[u8] {
        span.of(&self.bytes)
    }
}

/// All files of one run, each read once.
#[derive(Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// Adds a file.
    pub fn push(&mut self, file: SourceFile) -> FileId {
        self.files.push(file);
        FileId::from_index(self.files.len() - 1)
    }

    /// The file with this id.
    ///
    /// # Panics
    /// When the id is of another run.
    #[must_use]
    pub fn get(&self, id: FileId) -> &SourceFile {
        &self.files[id.index()]
    }

    /// Every file that was read with its id, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.texts().filter(|(_, file)| file.expansion.is_none())
    }

    /// The same with the expansions, which are no files of their own: as many as [`Sources::len`] says.
    pub fn texts(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(index, file)| (FileId::from_index(index), file))
    }

    /// The place in a file that a person edits: for one in an expansion, where its lines are written.
    #[must_use]
    pub fn written(&self, mut at: Location) -> Location {
        while let Some(expansion) = &self.get(at.file).expansion {
            at = Location::new(expansion.of, expansion.written(at.span));
        }
        at
    }

    /// The id of the file that was read from `path`.
    #[must_use]
    pub fn find(&self, path: &Path) -> Option<FileId> {
        self.iter().find(|(_, file)| file.path == path).map(|(id, _)| id)
    }

    /// How many there are, expansions among them.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether nothing was read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}
