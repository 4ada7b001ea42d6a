//! The files that directives name, besides includes: password and group files, and programs that check logins.

use super::{Condition, Directive, ModuleState, Site, SiteData};
use crate::config::credentials::NamedBy;
use crate::config::detect;
use crate::config::loader::Loader;
use crate::config::paths;
use crate::config::paths::Presence;
use crate::config::worker::{self, Account};
use crate::grammar::apache::{Id, id};
use crate::source::{FileId, FileKind, Location, ReadError};
use crate::syntax::credentials::Kind;
use crate::syntax::{Language, NodeId};
use std::borrow::Cow;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A directive that names a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The file that the directive is written in, an index into [`SiteData::files`].
    pub in_file: u32,
    /// The directive.
    pub node: NodeId,
    /// Whether the name is relative: then it starts from ServerRoot.
    pub relative: bool,
    /// What it leads to; `None` where a variable, a template or ServerRoot leaves it open.
    pub found: Option<Arc<Found>>,
}

/// What the name of a file leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The path looked at.
    pub path: PathBuf,
    /// What is there.
    pub presence: Presence,
    /// The password or group file, when it could be read.
    pub file: Option<FileId>,
    /// Why lint401 could not read it, when it is there.
    pub unreadable: Option<ReadError>,
    /// The file, or the folder above it, that the worker's account may not open.
    pub denied: Option<PathBuf>,
}

/// The directives that name a file in their first argument, and what it is read as; `None` for one that is looked for but
/// not read.
const NAMING: [(&str, Option<Kind>); 4] = [
    ("AuthUserFile", Some(Kind::Htpasswd)),
    ("AuthGroupFile", Some(Kind::Group)),
    ("AuthDBMUserFile", None),
    ("AuthDBMGroupFile", None),
];

/// A file to look at, as long as nothing can be read yet.
struct Named {
    reference: Reference,
    /// The number of its name among the different ones.
    name: Option<usize>,
    kind: Option<Kind>,
    /// Whether AuthType says what the file is read as.
    typed: bool,
    at: Location,
}

/// What a name leads to.
#[derive(Clone)]
struct Looked {
    found: Arc<Found>,
    /// The kind of file that it shows itself to be.
    shown: Option<Kind>,
}

/// Looks at every password and group file that the site names, and reads it.
pub(super) fn collect(loader: &mut Loader<'_>, data: &SiteData) -> Vec<Reference> {
    let site = Site { project: &loader.project, data };
    let mut names = Names::default();
    let all: Vec<Named> = NAMING
        .into_iter()
        .flat_map(|(name, kind)| site.directives(name).map(move |directive| (directive, kind)))
        // of a name with a blank and without quotes, the first word names nothing
        .filter(|(directive, _)| directive.arg(1).is_none_or(|more| more.raw().starts_with(b"#")))
        .filter(|(directive, _)| directive.inclusions().any(|one| one.condition() != Condition::No))
        .filter_map(|(directive, kind)| named(directive, kind, &mut names))
        .collect();
    let names: Vec<PathBuf> = names.list.into_iter().map(|name| paths::from_bytes(&name)).collect();
    if all.is_empty() {
        return Vec::new();
    }
    let account = account(loader, site);
    let main = loader.project.sources.get(data.main).path.clone();
    // by name, and whether the file is read
    let mut known: Vec<[Option<Looked>; 2]> = vec![[const { None }; 2]; names.len()];
    let mut references = Vec::with_capacity(all.len());
    for Named { mut reference, name, kind, typed, at } in all {
        reference.relative = name.is_some_and(|name| !names[name].is_absolute());
        let base = data.server_root.as_deref();
        let base = base.or_else(|| (!reference.relative).then_some(Path::new("")));
        if let Some((name, base)) = name.zip(base) {
            let read = kind.is_some();
            let Looked { found, shown } = known[name][usize::from(read)].get_or_insert_with(|| {
                let found = look(loader, &main, &names[name], base, read, account.as_ref());
                let source = found.file.map(|file| loader.project.sources.get(file));
                let shown = source.and_then(detect::credentials_kind);
                Looked { found: Arc::new(found), shown }
            });
            if let Some((file, kind)) = found.file.zip(kind) {
                let kind = shown.filter(|_| !typed).unwrap_or(kind);
                let named_by = NamedBy { server: Language::Apache, kind, at };
                loader.project.add_credentials(file, kind, Some(named_by));
            }
            reference.found = Some(Arc::clone(found));
        }
        references.push(reference);
    }
    references
}

/// The directives that name a program, with its arguments, in their third argument.
const PROGRAMS: [&str; 2] = ["DefineExternalAuth", "DefineExternalGroup"];

/// Looks at every program that checks logins.
pub(super) fn programs(loader: &mut Loader<'_>, data: &SiteData) -> Vec<Reference> {
    let site = Site { project: &loader.project, data };
    let named: Vec<(Reference, Option<PathBuf>)> = PROGRAMS
        .into_iter()
        .flat_map(|name| site.directives(name))
        .filter(|directive| directive.inclusions().any(|one| one.condition() != Condition::No))
        .filter_map(|directive| {
            let line = directive.arg(2)?.known();
            let program = line.as_deref().and_then(|line| line.split(|byte| *byte == b' ').next());
            // a relative one is looked for by a shell
            let program =
                program.filter(|program| program.starts_with(b"/")).map(paths::from_bytes);
            let reference = Reference {
                in_file: directive.file_number(),
                node: directive.id,
                relative: false,
                found: None,
            };
            Some((reference, program))
        })
        .collect();
    let main = loader.project.sources.get(data.main).path.clone();
    named
        .into_iter()
        .map(|(mut reference, program)| {
            reference.found = program
                .map(|program| Arc::new(look(loader, &main, &program, Path::new(""), false, None)));
            reference
        })
        .collect()
}

/// Notes which .htaccess files the workers may not open.
pub(super) fn look_at_htaccess(loader: &Loader<'_>, data: &mut SiteData) {
    // permissions in a checkout are those of whoever checked it out
    if data.htaccess.is_empty() || loader.paths.is_checkout() {
        return;
    }
    let account = account(loader, Site { project: &loader.project, data });
    let path_of = |file: FileId| &loader.project.sources.get(file).path;
    let main = path_of(data.main);
    for htaccess in &mut data.htaccess {
        let path = path_of(htaccess.file);
        htaccess.denied = worker::denied(loader.fs, path, main, account.as_ref());
    }
}

/// The account that the workers run as, where it is known.
fn account(loader: &Loader<'_>, site: Site<'_>) -> Option<Account> {
    let named =
        worker_name(site).or_else(|| loader.options.target.user.clone().map(|user| (user, None)));
    named.and_then(|(user, group)| worker::account(loader, &user, group.as_deref()))
}

/// The account that the configuration says the workers run as, and its group.
fn worker_name(site: Site<'_>) -> Option<(String, Option<String>)> {
    let last = |name: &str| {
        let set = site.directives(name).filter(|directive| directive.condition() == Condition::Yes);
        let value = set.last()?.arg(0)?.known()?;
        Some(String::from_utf8_lossy(&value).into_owned())
    };
    Some((last("User")?, last("Group")))
}

/// The names of files, each once: a thousand servers may name one file.
#[derive(Default)]
struct Names<'p> {
    numbers: HashMap<Cow<'p, [u8]>, usize>,
    list: Vec<Cow<'p, [u8]>>,
}

impl<'p> Names<'p> {
    fn number(&mut self, name: Cow<'p, [u8]>) -> usize {
        // neighbours mostly name the same file
        if self.list.last() == Some(&name) {
            return self.list.len() - 1;
        }
        if let Some(&number) = self.numbers.get(&name) {
            return number;
        }
        self.numbers.insert(name.clone(), self.list.len());
        self.list.push(name);
        self.list.len() - 1
    }
}

fn named<'p>(directive: Directive<'p>, kind: Option<Kind>, all: &mut Names<'p>) -> Option<Named> {
    let argument = directive.arg(0)?;
    // a file that is included under several definitions of a variable names several files: left open
    let mut names = directive.inclusions().map(|one| one.arg(0)?.known());
    let first = names.next().flatten();
    let name = first.clone().filter(|_| names.all(|name| name == first));
    let auth_type = (kind == Some(Kind::Htpasswd)).then(|| auth_type(directive)).flatten();
    let kind = match &auth_type {
        Some(auth_type) if auth_type.eq_ignore_ascii_case(b"Digest") => {
            // without the module every request ends in an error before the file is opened
            let is_loaded = directive.site.module("auth_digest_module") != ModuleState::NotLoaded;
            is_loaded.then_some(Kind::Htdigest)
        }
        _ => kind,
    };
    Some(Named {
        reference: Reference {
            in_file: directive.file_number(),
            node: directive.id,
            relative: false,
            found: None,
        },
        name: name.map(|name| all.number(name)),
        kind,
        typed: auth_type.is_some() || kind == Some(Kind::Group),
        at: argument.location(),
    })
}

const AUTH_TYPE: Id = id("AuthType");

/// The AuthType of the nearest section around a directive that has one.
fn auth_type(directive: Directive<'_>) -> Option<Cow<'_, [u8]>> {
    fn own(mut siblings: super::Children<'_>) -> Option<super::Value<'_>> {
        siblings.find(|sibling| sibling.known().is_some_and(|known| known.id == AUTH_TYPE))?.arg(0)
    }
    std::iter::once(own(directive.siblings()))
        .chain(directive.sections().map(|section| own(section.siblings())))
        .find_map(|found| found?.known())
}

/// Looks at the file `name` of the configuration `main`, and reads it where `read` says so.
fn look(
    loader: &mut Loader<'_>,
    main: &Path,
    name: &Path,
    base: &Path,
    read: bool,
    account: Option<&Account>,
) -> Found {
    let (path, presence) = loader.locate(name, base);
    let mut found = Found { path, presence, file: None, unreadable: None, denied: None };
    if matches!(&found.presence, Presence::Here(meta) if meta.kind == FileKind::File) {
        if read {
            match loader.read(&found.path) {
                Ok(file) => found.file = Some(file),
                Err(error) => found.unreadable = Some(error),
            }
        }
        // permissions in a checkout are those of whoever checked it out
        if !loader.paths.is_checkout() {
            found.denied = worker::denied(loader.fs, &found.path, main, account);
        }
    }
    found
}
