//! The files that directives name, besides includes: password files.

use super::roots::{Below, Roots};
use super::{Directive, Site, SiteData};
use crate::config::credentials::NamedBy;
use crate::config::loader::Loader;
use crate::config::paths;
use crate::config::paths::Presence;
use crate::config::worker::{self, Account};
use crate::grammar::nginx::id;
use crate::source::{FileId, FileKind, ReadError};
use crate::syntax::credentials::Kind;
use crate::syntax::{Language, NodeId, Word, WordFlags};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file that a directive names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The file that the directive is written in, an index into [`SiteData::files`].
    pub in_file: u32,
    /// The directive.
    pub node: NodeId,
    /// What a relative name starts from.
    pub base: Base,
    /// The server name that stands in the place of `$host` or `$server_name`: such a directive has a reference a name.
    pub host: Option<String>,
    /// The path looked at; `None` where another variable or a template is part of the name.
    pub path: Option<PathBuf>,
    /// What is there; `None` where the path is unknown.
    pub presence: Option<Presence>,
    /// The password file, when it could be read.
    pub file: Option<FileId>,
    /// Why lint401 could not read it, when it is there.
    pub unreadable: Option<ReadError>,
    /// The file, or the folder above it, that the worker's account may not open.
    pub denied: Option<PathBuf>,
    /// Where a relative name is not there: the file of that name in a folder that people take for the base.
    pub instead: Option<PathBuf>,
    /// The `root` directives that the file lies below.
    pub roots: Arc<[Below]>,
}

/// What a relative file name starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// The folder of the main configuration.
    ConfPrefix,
}

/// Looks at every password file that the site names, and reads it.
pub(super) fn collect(loader: &mut Loader<'_>, site: &SiteData) -> Vec<Reference> {
    let entries = site.index.get(id!("auth_basic_user_file").0);
    if entries.is_empty() {
        return Vec::new();
    }
    let account = worker_name(loader, site)
        .and_then(|(user, group)| worker::account(loader, &user, group.as_deref()));
    let mut references = Vec::new();
    let mut files = Files { account: account.as_ref(), found: HashMap::new() };
    for &(in_file, node) in entries {
        for host in hosts(loader, site, in_file, node) {
            references.extend(reference(loader, site, (in_file, node), &mut files, host));
        }
    }
    if references.iter().any(|reference| reference.file.is_some()) {
        let roots = Roots::new(loader, site);
        let mut known: HashMap<PathBuf, Arc<[Below]>> = HashMap::new();
        for reference in &mut references {
            if let (Some(path), Some(_)) = (&reference.path, reference.file) {
                let above = || roots.above(loader, path).into();
                reference.roots = known.entry(path.clone()).or_insert_with(above).clone();
            }
        }
    }
    references
}

/// The names that `$host` or `$server_name` can be filled in with, where a directive's argument holds one of them and
/// no other variable; otherwise a single `None`.
fn hosts(loader: &Loader<'_>, site: &SiteData, in_file: u32, node: NodeId) -> Vec<Option<String>> {
    let site = Site { project: &loader.project, data: site };
    let inclusion = site.data.files[in_file as usize].inclusion;
    let directive = Directive { site, inclusion, id: node };
    let names = || {
        let argument = directive.arg(0)?.known()?;
        let only_first = match variable(&argument)? {
            b"host" => false,
            b"server_name" => true,
            _ => return None,
        };
        let server = directive.ancestors().find(|block| block.is("server"))?;
        let names = server.children().filter(|child| child.is("server_name"));
        let names = names.flat_map(Directive::args).take(if only_first { 1 } else { usize::MAX });
        let names: Vec<_> = names.filter_map(|name| host(&name.known()?)).map(Some).collect();
        (!names.is_empty()).then_some(names)
    };
    names().unwrap_or_else(|| vec![None])
}

/// The name of the one variable in a value.
fn variable(value: &[u8]) -> Option<&[u8]> {
    let mut names = super::variables(value).map(|variable| variable.name);
    let first = names.next()?;
    names.all(|name| name == first).then_some(first)
}

/// A server name that is one name, as `$host` holds it: no pattern, no variable, no catch-all.
fn host(name: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(name).ok()?;
    let is_pattern = name.starts_with(['.', '*', '~']) || name.ends_with('*');
    let is_name = name.contains('.') && !name.contains('$') && !is_pattern;
    is_name.then(|| name.to_ascii_lowercase())
}

/// `value` with the host in the place of its variable.
fn filled_in(value: &[u8], host: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    for variable in super::variables(value) {
        out.extend_from_slice(&value[at..variable.range.start]);
        out.extend_from_slice(host.as_bytes());
        at = variable.range.end;
    }
    out.extend_from_slice(&value[at..]);
    out
}

/// The file that a relative name was meant to be, where it is not in the folder of the main configuration: in the
/// folder of the file that names it, or in that above, which `nginx -p` names.
fn instead(loader: &Loader<'_>, writer: &Path, base: &Path, name: &Path) -> Option<PathBuf> {
    let folders = [paths::folder(writer), paths::up(base)];
    let mut candidates = folders.iter().map(|folder| paths::tidy(&folder.join(name)));
    candidates.find(|path| loader.fs.meta(path).is_ok_and(|meta| meta.kind == FileKind::File))
}

/// The account that the configuration, or else the target, says the workers run as, and its group.
fn worker_name(loader: &Loader<'_>, site: &SiteData) -> Option<(String, Option<String>)> {
    let set = site.index.get(id!("user").0).iter().find_map(|&(in_file, node)| {
        let file = site.files[in_file as usize].file;
        let tree = loader.project.trees[file.index()].as_ref()?;
        let text = loader.project.sources.get(file).text();
        let word =
            |word: &Word| String::from_utf8_lossy(&word.decode(Language::Nginx, text)).into_owned();
        let args = tree.args(node);
        Some((word(args.first()?), args.get(1).map(word)))
    });
    set.or_else(|| loader.options.target.user.clone().map(|user| (user, None)))
}

/// What is known of a file by its name.
#[derive(Clone)]
struct Found {
    path: PathBuf,
    presence: Presence,
    file: Option<FileId>,
    unreadable: Option<ReadError>,
    denied: Option<PathBuf>,
}

/// The files that have been looked at: many directives name the same one.
struct Files<'a> {
    account: Option<&'a Account>,
    found: HashMap<PathBuf, Found>,
}

impl Files<'_> {
    /// Looks at the file that the site knows as `name`, and reads it.
    fn look(&mut self, loader: &mut Loader<'_>, site: &SiteData, name: PathBuf) -> Found {
        if let Some(found) = self.found.get(&name) {
            return found.clone();
        }
        let base = site.conf_prefix.as_deref().unwrap_or(Path::new(""));
        let (path, presence) = loader.locate(&name, base);
        let (mut file, mut unreadable, mut denied) = (None, None, None);
        if matches!(presence, Presence::Here(meta) if meta.kind == FileKind::File) {
            match loader.read(&path) {
                Ok(read) => file = Some(read),
                Err(error) => unreadable = Some(error),
            }
            // permissions in a checkout are those of whoever checked it out
            if !loader.paths.is_checkout() {
                let main = &loader.project.sources.get(site.main).path;
                denied = worker::denied(loader.fs, &path, main, self.account);
            }
        }
        let found = Found { path, presence, file, unreadable, denied };
        self.found.insert(name, found.clone());
        found
    }
}

fn reference(
    loader: &mut Loader<'_>,
    site: &SiteData,
    (in_file, node): (u32, NodeId),
    files: &mut Files<'_>,
    host: Option<String>,
) -> Option<Reference> {
    let file = site.files[in_file as usize].file;
    let word = *loader.project.trees[file.index()].as_ref()?.args(node).first()?;
    let text = loader.project.sources.get(file).text();
    let mut name = word.decode(Language::Nginx, text).into_owned();
    if let Some(host) = &host {
        name = filled_in(&name, host);
    }
    let mut reference = Reference {
        in_file,
        node,
        base: Base::ConfPrefix,
        host,
        path: None,
        presence: None,
        file: None,
        unreadable: None,
        denied: None,
        instead: None,
        roots: Arc::default(),
    };
    let named = paths::from_bytes(&name);
    let relative = !named.is_absolute();
    if word.flags.has(WordFlags::TEMPLATED)
        || name.contains(&b'$')
        || (relative && site.conf_prefix.is_none())
    {
        return Some(reference);
    }
    let found = files.look(loader, site, named.clone());
    if let Some(read) = found.file {
        let at = crate::source::Location::new(file, word.span);
        let named_by = NamedBy { server: Language::Nginx, kind: Kind::Htpasswd, at };
        loader.project.add_credentials(read, Kind::Htpasswd, Some(named_by));
    }
    if relative && matches!(found.presence, Presence::Missing | Presence::Elsewhere) {
        let writer = &loader.project.sources.get(file).path;
        let base = site.conf_prefix.as_deref().unwrap_or(Path::new(""));
        reference.instead = instead(loader, writer, base, &named);
    }
    reference.path = Some(found.path);
    reference.presence = Some(found.presence);
    reference.file = found.file;
    reference.unreadable = found.unreadable;
    reference.denied = found.denied;
    Some(reference)
}
