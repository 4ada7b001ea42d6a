//! Reads a configuration in httpd's order: what stands above decides what `<IfModule>`, `<IfDefine>` and `${NAME}` below
//! mean, and an Include reads its files on the spot.

mod included;
mod roots;

use super::condition::{self, Atoms, Defines, Literal, Modules, Truth};
use super::contexts::is_conditional;
use super::htaccess::{self, Htaccess};
use super::macros::Macros;
use super::nodes::Nodes;
use super::places::is_balanced;
use super::variables::{Variables, next_variable};
use super::{Form, Inclusion, InclusionId, SiteData, SiteFile, references};
use crate::config::alike::Lines;
use crate::config::index::{Index, UNKNOWN};
use crate::config::loader::{Loader, ParseAs};
use crate::config::paths;
use crate::config::paths::Presence;
use crate::grammar::apache::{COUNT, Id, id, section_id};
use crate::source::{FileId, Span};
use crate::syntax::apache::Flavour;
use crate::syntax::{Language, NodeId, WordFlags};
use memchr::memchr_iter;
use roots::{SERVER_FOLDERS, fragment_root, main_root};
use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// More inclusions than any server could mean: files that include each other twice, thirty deep.
const MOST_INCLUSIONS: usize = 1 << 17;

/// `AP_MAX_INCLUDE_DEPTH`.
const DEEPEST: u32 = 128;

const LOAD_MODULE: Id = id("LoadModule");
const DEFINE: Id = id("Define");
const UNDEFINE: Id = id("UnDefine");
const INCLUDE: Id = id("Include");
const INCLUDE_OPTIONAL: Id = id("IncludeOptional");
const SERVER_ROOT: Id = id("ServerRoot");
const MACRO: Id = section_id("Macro");
const USE: Id = id("Use");
const UNDEF_MACRO: Id = id("UndefMacro");
const IF_MODULE: Id = section_id("IfModule");
const IF_DEFINE: Id = section_id("IfDefine");
const IF_VERSION: Id = section_id("IfVersion");
const IF_FILE: Id = section_id("IfFile");
const IF_DIRECTIVE: Id = section_id("IfDirective");

/// Reads `main` and everything that it brings in.
pub(in crate::config) fn load(loader: &mut Loader<'_>, main: FileId, form: Form) -> SiteData {
    let mut reader = Reader::new(loader, main, form);
    let lone = (form == Form::Htaccess).then(|| Htaccess::lone(main));
    let top = reader.enter(main, None, lone);
    reader.run(top);
    reader.site.index = index(&reader.site.files);
    if form == Form::Main && !reader.loader.options.no_htaccess {
        reader.read_htaccess();
    }
    let Reader { loader, mut site, atoms, .. } = reader;
    site.atoms = atoms.into_list();
    if form == Form::Main {
        references::look_at_htaccess(loader, &mut site);
    }
    site.references = references::collect(loader, &site);
    site.programs = references::programs(loader, &site);
    site
}

fn index(files: &[SiteFile]) -> Index {
    Index::new(files.iter().map(|file| &*file.names), COUNT)
}

/// The state of the reading at one point.
struct Reader<'l, 'f> {
    loader: &'l mut Loader<'f>,
    site: SiteData,
    numbers: HashMap<FileId, u32>,
    depths: Vec<u32>,
    atoms: Atoms,
    defines: Defines,
    variables: Variables,
    macros: Macros,
    /// What the open conditional sections depend on, outermost first.
    literals: Vec<Literal>,
}

/// A file that is being read.
struct Frame {
    inclusion: InclusionId,
    file: usize,
    /// The next of the file's events.
    next: usize,
    /// The ends of the open sections that depend on something.
    open: Vec<u32>,
    /// Files of the Include that was last come by and that are still to be read.
    pending: Range<u32>,
}

/// What an event leads to.
enum Step {
    On,
    /// A section that is skipped: on with the node behind it.
    Skip(u32),
    /// A section that ends before this node and counts if this holds.
    Open(u32, Literal),
    /// An Include that has these inclusions.
    Read(Range<u32>),
}

impl<'l, 'f> Reader<'l, 'f> {
    fn new(loader: &'l mut Loader<'f>, main: FileId, form: Form) -> Self {
        let path = loader.project.sources.get(main).path.clone();
        let server_root = match form {
            Form::Main => Some(main_root(&path)),
            Form::Fragment => fragment_root(loader, &path),
            Form::Htaccess => None,
        };
        let mut variables = Variables::new(loader.options);
        if let Some(folder) = &server_root {
            loader.infer_layout(folder, &SERVER_FOLDERS);
            if let Ok(envvars) = loader.fs.read(&folder.join("envvars")) {
                variables.add_environment(&envvars);
            }
        }
        let mut atoms = Atoms::default();
        let mut defines = Defines::default();
        for (name, _) in &loader.options.defines {
            defines.define(&mut atoms, name.as_bytes(), &[]);
        }
        let modules = Modules::new(&loader.options.target.modules);
        let site = SiteData {
            main,
            form,
            server_root,
            server_root_name: None,
            files: Vec::new(),
            inclusions: Vec::new(),
            htaccess: Vec::new(),
            unread: Vec::new(),
            references: Vec::new(),
            programs: Vec::new(),
            atoms: Vec::new(),
            modules,
            index: Index::default(),
            lines: Lines::default(),
            by_line: OnceLock::new(),
            placing: OnceLock::new(),
            requires: OnceLock::new(),
        };
        let (numbers, depths, literals) = (HashMap::new(), Vec::new(), Vec::new());
        let mut macros = Macros::default();
        if form != Form::Main {
            macros.anything_may_follow();
        }
        Self { loader, site, numbers, depths, atoms, defines, variables, macros, literals }
    }

    /// Adds a reading of `file`, which is not gone through yet.
    fn enter(
        &mut self,
        file: FileId,
        parent: Option<(InclusionId, NodeId)>,
        htaccess: Option<Htaccess>,
    ) -> InclusionId {
        let flavour = if htaccess.is_some() { Flavour::Htaccess } else { Flavour::Server };
        self.loader.parse(file, ParseAs::Apache(flavour));
        let id = InclusionId(self.site.inclusions.len() as u32);
        let number = *self.numbers.entry(file).or_insert_with(|| {
            let has_variables = has_variables(self.loader, file);
            let Nodes { names, lines, events } =
                Nodes::new(self.loader, file, has_variables, &mut self.site.lines);
            if parent.is_none() && names.contains(&LOAD_MODULE.0) && self.site.form == Form::Main {
                self.site.modules.see_load_module();
            }
            let balanced = self.loader.project.tree(file).is_some_and(is_balanced);
            self.site.files.push(SiteFile {
                file,
                inclusions: Vec::new(),
                names,
                lines,
                has_variables,
                balanced,
                events,
            });
            self.site.files.len() as u32 - 1
        });
        self.site.files[number as usize].inclusions.push(id);
        self.depths.push(parent.map_or(0, |(above, _)| self.depths[above.index()] + 1));
        let htaccess = htaccess.map(|htaccess| {
            self.site.htaccess.push(Htaccess { inclusion: id, ..htaccess });
            self.site.htaccess.len() as u32 - 1
        });
        self.site.inclusions.push(Inclusion {
            file: number,
            parent,
            htaccess,
            includes: Vec::new(),
            is_certain: self.literals.is_empty(),
            truths: Vec::new(),
            values: Vec::new(),
        });
        id
    }

    /// Goes through an inclusion and all that it includes.
    fn run(&mut self, top: InclusionId) {
        let mut stack = vec![self.frame(top)];
        while let Some(frame) = stack.last_mut() {
            if let Some(next) = frame.pending.next() {
                let next = self.frame(InclusionId(next));
                stack.push(next);
                continue;
            }
            let Some(&node) = self.site.files[frame.file].events.get(frame.next) else {
                self.literals.truncate(self.literals.len() - frame.open.len());
                stack.pop();
                continue;
            };
            frame.next += 1;
            while frame.open.pop_if(|end| *end <= node.0).is_some() {
                self.literals.pop();
            }
            match self.event(frame.inclusion, frame.file, node) {
                Step::On => {}
                Step::Skip(end) => {
                    let events = &self.site.files[frame.file].events;
                    frame.next += events[frame.next..].partition_point(|event| event.0 < end);
                }
                Step::Open(end, literal) => {
                    frame.open.push(end);
                    self.literals.push(literal);
                }
                Step::Read(inclusions) => frame.pending = inclusions,
            }
        }
    }

    fn frame(&mut self, inclusion: InclusionId) -> Frame {
        let file = self.site.inclusions[inclusion.index()].file as usize;
        let source = self.loader.project.sources.get(self.site.files[file].file);
        if source.template().is_some() {
            // what the template fills in may be any directive
            self.anything_may_follow();
        }
        Frame { inclusion, file, next: 0, open: Vec::new(), pending: 0..0 }
    }

    /// Directives that are not known here: they may load, define and set anything.
    fn anything_may_follow(&mut self) {
        self.site.modules.anything_may_follow();
        self.defines.anything_may_follow();
        self.macros.anything_may_follow();
    }

    fn event(&mut self, inclusion: InclusionId, file: usize, node: NodeId) -> Step {
        let arguments = self.arguments(inclusion, file, node);
        let name = self.site.files[file].names[node.index()];
        if is_conditional(name) {
            let truth = self.truth(Id(name), &arguments);
            let inclusion = &mut self.site.inclusions[inclusion.index()];
            inclusion.truths.push((node, truth));
            inclusion.is_certain &= truth == Truth::Yes;
            let end = self.tree_end(file, node);
            return match truth {
                Truth::Yes => Step::On,
                Truth::No => Step::Skip(end),
                Truth::If(literal) => Step::Open(end, literal),
            };
        }
        let in_htaccess = self.site.inclusions[inclusion.index()].htaccess.is_some();
        if in_htaccess || name == UNKNOWN {
            // .htaccess may not have any of them
            return Step::On;
        }
        let certain = self.literals.is_empty() && !self.is_optional(file, node);
        match (Id(name), &*arguments) {
            (INCLUDE | INCLUDE_OPTIONAL, _) => {
                return self.include(inclusion, file, node, arguments.first());
            }
            (LOAD_MODULE, [Some(module), path, ..]) => {
                if self.site.form == Form::Main {
                    self.site.modules.see_load_module();
                }
                let path = path.as_deref().unwrap_or_default();
                self.site.modules.load(module, path, certain);
            }
            (LOAD_MODULE, [None, ..]) => self.site.modules.anything_may_follow(),
            (DEFINE, [Some(name), value @ ..]) => {
                let value = value.first().and_then(Option::as_deref).filter(|_| certain);
                self.defines.define(&mut self.atoms, name, &self.literals);
                self.variables.set(name, value);
            }
            (UNDEFINE, [Some(name), ..]) => {
                self.defines.undefine(&mut self.atoms, name, certain);
                self.variables.remove(name);
            }
            (SERVER_ROOT, [root, ..]) => self.set_server_root(root.as_deref()),
            (USE, _) => return self.use_macro(inclusion, file, node, &arguments),
            (MACRO, _) => {
                let at = (self.site.files[file].file, node);
                if let Err(fault) = self.macros.define(at, &arguments, &self.literals) {
                    self.refused(inclusion, node, fault);
                }
            }
            (UNDEF_MACRO, _) => {
                if let Err(fault) = self.macros.undefine(arguments.first(), &self.literals) {
                    self.refused(inclusion, node, fault);
                }
            }
            _ => {}
        }
        Step::On
    }

    /// The arguments of an event; `None` for one that is not known. Notes what the words with `${` stand for here.
    fn arguments(
        &mut self,
        inclusion: InclusionId,
        file: usize,
        node: NodeId,
    ) -> Vec<Option<Vec<u8>>> {
        let file = self.site.files[file].file;
        let Some(tree) = &self.loader.project.trees[file.index()] else { return Vec::new() };
        let source = self.loader.project.sources.get(file);
        let values = &mut self.site.inclusions[inclusion.index()].values;
        let first = tree.node(node).first_word;
        let words = tree.words(node).iter().enumerate().map(|(index, word)| {
            let raw = word.span.of(source.text());
            if word.flags.has(WordFlags::TEMPLATED) {
                return None;
            }
            if next_variable(raw).is_none() {
                return Some(word.decode(Language::Apache, source.text()).into_owned());
            }
            let whole = !word.flags.has(WordFlags::CONTINUED);
            let value = whole.then(|| self.variables.expand(raw)).flatten();
            values.push((first + index as u32, value.clone()));
            value.map(Vec::from)
        });
        words.skip(1).collect()
    }

    fn truth(&mut self, section: Id, arguments: &[Option<Vec<u8>>]) -> Truth {
        let joined;
        let first = match arguments {
            // `<IfModule ! name>`
            [Some(mark), Some(name), ..] if mark == b"!" => {
                joined = [&mark[..], name].concat();
                Some(&*joined)
            }
            [first, ..] => first.as_deref(),
            [] => Some(&b""[..]),
        };
        let atoms = &mut self.atoms;
        let Some(first) = first else { return atoms.unknown() };
        match section {
            IF_MODULE => condition::if_module(&self.site.modules, atoms, first),
            IF_DEFINE => self.defines.test(atoms, first),
            IF_VERSION => {
                let known: Option<Vec<&[u8]>> = arguments.iter().map(Option::as_deref).collect();
                let version = self.loader.options.target.apache;
                match known {
                    Some(arguments) => condition::if_version(atoms, version, &arguments),
                    None => atoms.unknown(),
                }
            }
            IF_FILE => {
                let (loader, root) = (&self.loader, &self.site.server_root);
                condition::if_file(atoms, first, |path| {
                    let path = paths::from_bytes(path);
                    let base = root.clone().or_else(|| path.is_absolute().then(PathBuf::new))?;
                    match loader.locate(&path, &base).1 {
                        Presence::Here(_) => Some(true),
                        Presence::Missing => Some(false),
                        Presence::Elsewhere | Presence::Unreadable(_) => None,
                    }
                })
            }
            IF_DIRECTIVE => condition::if_directive(&self.site.modules, atoms, first, false),
            _ => condition::if_directive(&self.site.modules, atoms, first, true),
        }
    }

    fn head(&self, file: usize, node: NodeId) -> Span {
        let tree = self.loader.project.trees[self.site.files[file].file.index()].as_ref();
        tree.map_or(Span::empty(0), |tree| tree.node(node).head)
    }

    fn tree_end(&self, file: usize, node: NodeId) -> u32 {
        let tree = self.loader.project.trees[self.site.files[file].file.index()].as_ref();
        tree.map_or(node.0 + 1, |tree| tree.node(node).end)
    }

    /// Whether a template generates a directive only sometimes.
    fn is_optional(&self, file: usize, node: NodeId) -> bool {
        let file = self.site.files[file].file;
        let tree = self.loader.project.trees[file.index()].as_ref();
        let template = self.loader.project.sources.get(file).template();
        tree.zip(template)
            .is_some_and(|(tree, template)| template.is_conditional(tree.node(node).head.start))
    }

    fn set_server_root(&mut self, root: Option<&[u8]>) {
        let Some(root) = root else {
            self.site.server_root = None;
            return;
        };
        let name = paths::from_bytes(root);
        // a repository keeps the server's folder where its main configuration lies
        if self.loader.paths.is_checkout() || self.loader.fs.meta(&name).is_err() {
            let here = main_root(&self.loader.project.sources.get(self.site.main).path);
            self.loader.paths.infer(&name, here);
        }
        let (path, presence) = self.loader.locate(&name, Path::new(""));
        self.site.server_root = matches!(presence, Presence::Here(_)).then_some(path);
        self.site.server_root_name = Some(name);
    }

    /// Reads the .htaccess files that the server looks for, with what is defined and loaded at the end.
    fn read_htaccess(&mut self) {
        let (found, mut unread) = htaccess::find(self.loader, &self.site);
        let fs = self.loader.fs;
        unread.retain(|one| fs.read(&one.path).is_ok_and(|text| htaccess::asks_for_user(&text)));
        self.site.unread = unread;
        let any = !found.is_empty();
        for (path, seen) in found {
            match self.loader.read(&path) {
                Ok(file) => {
                    let entry = Htaccess {
                        allowed: seen.allowed,
                        folders: seen.folders,
                        ..Htaccess::lone(file)
                    };
                    let inclusion = self.enter(file, None, Some(entry));
                    self.run(inclusion);
                }
                Err(error) => self.loader.not_read(&path, error.to_string()),
            }
        }
        if any {
            self.site.index = index(&self.site.files);
        }
    }
}

fn has_variables(loader: &Loader<'_>, file: FileId) -> bool {
    let text = loader.project.sources.get(file).text();
    memchr_iter(b'$', text).any(|at| text.get(at + 1) == Some(&b'{'))
}
