//! Reads a configuration with everything that it includes.

use super::places::is_balanced;
use super::{
    Include, Inclusion, InclusionId, Index, Outcome, SiteData, SiteFile, UNKNOWN, contexts, inside,
    references,
};
use crate::config::alike::{Lines, Number};
use crate::config::loader::{Loader, ParseAs};
use crate::config::paths::Presence;
use crate::config::{glob, paths};
use crate::grammar::nginx::{Contexts, Directive, Id, lookup};
use crate::source::{EntryKind, FileId, FileKind, ReadError};
use crate::syntax::{Language, NodeId, NodeKind, Tree, Word, WordFlags};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// More inclusions than any server could mean: files that include each other twice, thirty deep.
const MOST_INCLUSIONS: usize = 1 << 17;

/// nginx itself ends when it has no file descriptor left; real configurations are five deep.
const DEEPEST: usize = 256;

/// The folders that distributions and builds keep nginx.conf in.
const SERVER_FOLDERS: [&str; 7] = [
    "/etc/nginx",
    "/usr/local/nginx/conf",
    "/usr/local/etc/nginx",
    "/opt/homebrew/etc/nginx",
    "/etc/openresty",
    "/usr/local/openresty/nginx/conf",
    "/opt/nginx/conf",
];

/// Reads `main` and what it includes. `complete`: it is a main configuration, not a fragment.
pub(in crate::config) fn load(loader: &mut Loader<'_>, main: FileId, complete: bool) -> SiteData {
    loader.parse(main, ParseAs::Nginx);
    let path = loader.project.sources.get(main).path.clone();
    let conf_prefix =
        if complete { Some(paths::folder(&path)) } else { fragment_prefix(loader, &path) };
    if let Some(folder) = &conf_prefix {
        loader.infer_layout(folder, &SERVER_FOLDERS);
    }
    let mut builder = Builder {
        conf_prefix,
        files: Vec::new(),
        numbers: HashMap::new(),
        inclusions: Vec::new(),
        depths: Vec::new(),
        lines: Lines::default(),
    };
    let around = if complete { Contexts::MAIN } else { fragment_contexts(loader, main) };
    builder.enter(loader, main, None, around);
    let mut next = 0;
    while next < builder.inclusions.len() {
        builder.read_includes(loader, InclusionId(next as u32));
        next += 1;
    }
    let names = builder.files.iter().map(|file| &*file.names);
    let index = Index::new(names, crate::grammar::nginx::COUNT);
    let mut site = SiteData {
        main,
        complete,
        conf_prefix: builder.conf_prefix,
        files: builder.files,
        inclusions: builder.inclusions,
        references: Vec::new(),
        index,
        lines: builder.lines,
        by_line: OnceLock::new(),
        user_files: OnceLock::new(),
    };
    site.references = references::collect(loader, &site);
    site
}

/// The folder that a fragment's relative includes start from, when its place in a usual layout shows it.
fn fragment_prefix(loader: &Loader<'_>, path: &Path) -> Option<PathBuf> {
    let folder = paths::folder(path);
    let usual = [
        "conf.d",
        "sites-available",
        "sites-enabled",
        "snippets",
        "includes",
        "modules-enabled",
        "default.d",
    ];
    let name = folder.file_name()?.to_str()?;
    let above = usual.contains(&name).then(|| paths::folder(&folder))?;
    // what shows it is nginx's own files beside that folder
    ["nginx.conf", "mime.types", "fastcgi_params"]
        .iter()
        .any(|file| loader.fs.meta(&above.join(file)).is_ok())
        .then_some(above)
}

fn fragment_contexts(loader: &mut Loader<'_>, file: FileId) -> Contexts {
    let source = loader.project.sources.get(file);
    let Some(tree) = &loader.project.trees[file.index()] else { return Contexts::ANY };
    let commented = contexts::commented(source, tree);
    if let Some(blocks) = commented
        && let Err(error) = contexts::check_context(blocks.split(','))
    {
        let unknown = format!("context={blocks} in {}: {error}", source.name);
        loader.project.unknown.push(unknown);
        return Contexts::ANY;
    }
    commented
        .and_then(|blocks| contexts::named(blocks.split(',')))
        .or_else(|| contexts::named(loader.options.context.iter().map(String::as_str)))
        .unwrap_or_else(|| contexts::guess(&source.path, source.text(), tree))
}

/// Endings that people give to pieces of a configuration; many have none.
const PIECES: [&str; 10] = [
    ".conf",
    ".cfg",
    ".config",
    ".inc",
    ".include",
    ".location",
    ".locations",
    ".nginx",
    ".site",
    ".vhost",
];

struct Builder {
    conf_prefix: Option<PathBuf>,
    files: Vec<SiteFile>,
    numbers: HashMap<FileId, u32>,
    inclusions: Vec<Inclusion>,
    depths: Vec<u32>,
    lines: Lines,
}

impl Builder {
    /// Adds an inclusion of `file`.
    fn enter(
        &mut self,
        loader: &mut Loader<'_>,
        file: FileId,
        parent: Option<(InclusionId, NodeId)>,
        around: Contexts,
    ) {
        let id = InclusionId(self.inclusions.len() as u32);
        let number = *self.numbers.entry(file).or_insert_with(|| {
            let (names, lines) = names(loader, file, &mut self.lines);
            let tree = loader.project.trees[file.index()].as_ref();
            let contexts = all_contexts(tree, &names, around);
            let balanced = tree.is_some_and(is_balanced);
            let inclusions = Vec::new();
            self.files.push(SiteFile {
                file,
                inclusion: id,
                inclusions,
                names,
                lines,
                contexts,
                balanced,
            });
            self.files.len() as u32 - 1
        });
        self.files[number as usize].inclusions.push(id);
        self.depths.push(parent.map_or(0, |(above, _)| self.depths[above.index()] + 1));
        self.inclusions.push(Inclusion {
            file: number,
            parent,
            contexts: around,
            includes: Vec::new(),
        });
    }

    /// Follows every `include` of one inclusion.
    fn read_includes(&mut self, loader: &mut Loader<'_>, id: InclusionId) {
        const INCLUDE: u16 = crate::grammar::nginx::id!("include").0;
        let file = self.files[self.inclusions[id.index()].file as usize].file;
        let Some(tree) = &loader.project.trees[file.index()] else { return };
        let site_file = &self.files[self.inclusions[id.index()].file as usize];
        let nodes: Vec<(NodeId, Word)> = (0..tree.nodes.len() as u32)
            .map(NodeId)
            .filter(|node| site_file.names[node.index()] == INCLUDE && !tree.node(*node).is_block())
            .filter_map(|node| Some((node, *tree.args(node).first()?)))
            .collect();
        for (node, word) in nodes {
            let inclusion = &self.inclusions[id.index()];
            let around =
                contexts_of(loader, &self.files[inclusion.file as usize], node, inclusion.contexts);
            let start = self.inclusions.len() as u32;
            let outcome = self.follow(loader, id, node, word, around);
            let read = start..self.inclusions.len() as u32;
            self.inclusions[id.index()].includes.push(Include { node, read, outcome });
        }
    }

    /// Reads what one `include` names.
    fn follow(
        &mut self,
        loader: &mut Loader<'_>,
        id: InclusionId,
        node: NodeId,
        word: Word,
        around: Contexts,
    ) -> Outcome {
        let file = self.files[self.inclusions[id.index()].file as usize].file;
        let source = loader.project.sources.get(file);
        if word.flags.has(WordFlags::TEMPLATED) {
            return Outcome::Unknown;
        }
        let name = word.decode(Language::Nginx, source.text()).into_owned();
        let named = paths::from_bytes(&name);
        let Some(base) =
            self.conf_prefix.clone().or_else(|| named.is_absolute().then(PathBuf::new))
        else {
            loader.not_read(&named, "relative to a main configuration that is not here");
            return Outcome::Elsewhere;
        };
        let (targets, empty) = if glob::is_pattern(&name) {
            Self::expand(loader, &named, &base)
        } else {
            match loader.locate(&named, &base) {
                (path, Presence::Here(_)) => (vec![path], Outcome::Read),
                (path, Presence::Missing) if !comes_with_nginx(loader, &path) => {
                    loader.not_read(&path, "does not exist");
                    (Vec::new(), Outcome::Missing)
                }
                (path, Presence::Missing | Presence::Elsewhere) => {
                    loader.not_read(&path, "not here");
                    (Vec::new(), Outcome::Elsewhere)
                }
                (path, Presence::Unreadable(error)) => {
                    loader.not_read(&path, error.to_string());
                    (Vec::new(), Outcome::Unreadable(path, error))
                }
            }
        };
        if targets.is_empty() {
            return empty;
        }
        let mut outcome = Outcome::Read;
        for target in targets {
            if loader.leaves_checkout(&target) {
                loader.not_read(&target, "not here");
                outcome = Outcome::Elsewhere;
                continue;
            }
            if self.inclusions.len() >= MOST_INCLUSIONS
                || self.depths[id.index()] as usize >= DEEPEST
            {
                return Outcome::TooMany;
            }
            match loader.read(&target) {
                Ok(included) if self.is_being_read(id, included) => outcome = Outcome::Cycle,
                Ok(included) => {
                    loader.parse(included, ParseAs::Nginx);
                    self.enter(loader, included, Some((id, node)), around);
                }
                Err(ReadError::NotFound) if loader.leads_elsewhere(&target) => {
                    loader.not_read(&target, "not here");
                    outcome = Outcome::Elsewhere;
                }
                Err(error) => {
                    loader.not_read(&target, error.to_string());
                    outcome = Outcome::Unreadable(target, error);
                }
            }
        }
        outcome
    }

    /// The files that a pattern matches, and what it means when there is none.
    fn expand(loader: &Loader<'_>, named: &Path, base: &Path) -> (Vec<PathBuf>, Outcome) {
        // the part before the first wildcard says whether the folder is here at all
        let literal: PathBuf = named
            .components()
            .take_while(|part| !glob::is_pattern(part.as_os_str().as_encoded_bytes()))
            .collect();
        let (folder, presence) = loader.locate(&literal, base);
        match presence {
            Presence::Here(meta) if meta.kind == FileKind::Directory => {
                let rest = named.strip_prefix(&literal).unwrap_or(named);
                let matched = glob::expand(loader.fs, &folder.join(rest));
                let passed_over =
                    if matched.is_empty() { first_file(loader, &folder) } else { None };
                (matched, Outcome::NothingMatched(passed_over))
            }
            Presence::Missing | Presence::Here(_) => (Vec::new(), Outcome::NoFolder),
            Presence::Elsewhere => (Vec::new(), Outcome::Elsewhere),
            Presence::Unreadable(error) => (Vec::new(), Outcome::Unreadable(folder, error)),
        }
    }

    /// Whether `file` is among the files that led to this inclusion.
    fn is_being_read(&self, id: InclusionId, file: FileId) -> bool {
        let mut at = Some(id);
        while let Some(current) = at {
            let inclusion = &self.inclusions[current.index()];
            if self.files[inclusion.file as usize].file == file {
                return true;
            }
            at = inclusion.parent.map(|(above, _)| above);
        }
        false
    }
}

/// The first file in a folder that could be meant for the server.
fn first_file(loader: &Loader<'_>, folder: &Path) -> Option<PathBuf> {
    let entries = loader.fs.list(folder).unwrap_or_default();
    let mut files = entries.into_iter().filter(|entry| entry.kind != EntryKind::Directory);
    files.find_map(|entry| {
        let name = entry.name.to_str()?;
        let lower = name.to_ascii_lowercase();
        let piece = !lower.contains('.') || PIECES.iter().any(|ending| lower.ends_with(ending));
        let meant = piece && !lower.starts_with(['.', '#', '_']) && !lower.starts_with("readme");
        meant.then(|| folder.join(name))
    })
}

/// Whether a file that is not here is one that nginx's package brings, so that nobody keeps it beside their own files.
fn comes_with_nginx(loader: &Loader<'_>, path: &Path) -> bool {
    const SHIPPED: [&str; 8] = [
        "mime.types",
        "fastcgi_params",
        "fastcgi.conf",
        "uwsgi_params",
        "scgi_params",
        "proxy_params",
        "koi-win",
        "koi-utf",
    ];
    let name = path.file_name().and_then(|name| name.to_str());
    !loader.paths.is_deployed() && name.is_some_and(|name| SHIPPED.contains(&name))
}

/// The grammar's number of each node's name, and the number of its line. The lines of a free-form block are data, but for
/// `include`.
fn names(loader: &Loader<'_>, file: FileId, lines: &mut Lines) -> (Vec<u16>, Vec<Number>) {
    let sources = &loader.project.sources;
    let Some(tree) = &loader.project.trees[file.index()] else { return (Vec::new(), Vec::new()) };
    let source = sources.get(file);
    let text = source.text();
    let is_template = source.template().is_some();
    let mut names = Vec::with_capacity(tree.nodes.len());
    let mut numbers = Vec::with_capacity(tree.nodes.len());
    for (index, node) in tree.nodes.iter().enumerate() {
        let lookup = || {
            let name = tree.name(NodeId(index as u32));
            if name.flags.has(WordFlags::TEMPLATED) {
                return UNKNOWN;
            }
            let name = name.decode(Language::Nginx, text);
            if node.kind == NodeKind::Entry && *name != *b"include" {
                return UNKNOWN;
            }
            lookup(&name).map_or(UNKNOWN, |known| known.id.0)
        };
        // what stands in its place decides what the line of a block's data, or one without an end, is
        let is_whole = matches!(node.head.of(text).last(), Some(b';' | b'{'));
        let alone = is_template || node.kind == NodeKind::Entry || !is_whole;
        let (number, name) = lines.number(sources, file, node.head, alone, lookup);
        names.push(name);
        numbers.push(number);
    }
    (names, numbers)
}

fn known(name: u16) -> Option<&'static Directive> {
    (name != UNKNOWN).then(|| Id(name).directive())
}

/// The places in which each node of a file stands when its outermost ones stand in `around`.
pub(super) fn all_contexts(tree: Option<&Tree>, names: &[u16], around: Contexts) -> Vec<Contexts> {
    let Some(tree) = tree else { return Vec::new() };
    let mut contexts: Vec<Contexts> = Vec::with_capacity(tree.nodes.len());
    // neighbours mostly share their block
    let mut last = (None, around);
    for node in &tree.nodes {
        if node.parent != last.0 {
            let inner = node
                .parent
                .map(|block| inside(known(names[block.index()]), contexts[block.index()]));
            last = (node.parent, inner.unwrap_or(around));
        }
        contexts.push(last.1);
    }
    contexts
}

/// The places in which `node` stands when the outermost nodes of its file stand in `around`.
fn contexts_of(loader: &Loader<'_>, file: &SiteFile, node: NodeId, around: Contexts) -> Contexts {
    let Some(tree) = &loader.project.trees[file.file.index()] else { return Contexts::ANY };
    let mut blocks: Vec<NodeId> = tree.ancestors(node).collect();
    blocks.reverse();
    blocks.iter().fold(around, |around, block| inside(known(file.names[block.index()]), around))
}
