//! The files that directives name, besides includes: password files.

use super::SiteData;
use crate::config::credentials::NamedBy;
use crate::config::loader::{Loader, Presence};
use crate::config::paths;
use crate::config::worker::{self, Account};
use crate::grammar::nginx::id;
use crate::source::{FileId, FileKind, ReadError};
use crate::syntax::credentials::Kind;
use crate::syntax::{Language, NodeId, Word, WordFlags};
use std::path::PathBuf;

/// A file that a directive names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The file that the directive is written in, an index into [`SiteData::files`].
    pub in_file: u32,
    /// The directive.
    pub node: NodeId,
    /// What a relative name starts from.
    pub base: Base,
    /// The path looked at; `None` where a variable or a template is part of the name.
    pub path: Option<PathBuf>,
    /// What is there; `None` where the path is unknown.
    pub presence: Option<Presence>,
    /// The password file, when it could be read.
    pub file: Option<FileId>,
    /// Why lint401 could not read it, when it is there.
    pub unreadable: Option<ReadError>,
    /// The file, or the folder above it, that the worker's account may not open.
    pub denied: Option<PathBuf>,
}

/// What a relative file name starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Base {
    /// The folder of the main configuration.
    ConfPrefix,
}

/// Looks at every password file that the site names, and reads it.
pub(super) fn collect(loader: &mut Loader<'_>, site: &SiteData) -> Vec<Reference> {
    let entries = site.index.get(id("auth_basic_user_file").0);
    if entries.is_empty() {
        return Vec::new();
    }
    let account = worker_name(loader, site)
        .and_then(|(user, group)| worker::account(loader, &user, group.as_deref()));
    entries
        .iter()
        .filter_map(|&(in_file, node)| reference(loader, site, in_file, node, account.as_ref()))
        .collect()
}

/// The account that the configuration, or else the target, says the workers run as, and its group.
fn worker_name(loader: &Loader<'_>, site: &SiteData) -> Option<(String, Option<String>)> {
    let set = site.index.get(id("user").0).iter().find_map(|&(in_file, node)| {
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

fn reference(
    loader: &mut Loader<'_>,
    site: &SiteData,
    in_file: u32,
    node: NodeId,
    account: Option<&Account>,
) -> Option<Reference> {
    let file = site.files[in_file as usize].file;
    let word = *loader.project.trees[file.index()].as_ref()?.args(node).first()?;
    let text = loader.project.sources.get(file).text();
    let name = word.decode(Language::Nginx, text).into_owned();
    let mut reference = Reference {
        in_file,
        node,
        base: Base::ConfPrefix,
        path: None,
        presence: None,
        file: None,
        unreadable: None,
        denied: None,
    };
    let named = paths::from_bytes(&name);
    let relative = !named.is_absolute();
    if word.flags.has(WordFlags::TEMPLATED)
        || name.contains(&b'$')
        || (relative && site.conf_prefix.is_none())
    {
        return Some(reference);
    }
    let base = site.conf_prefix.clone().unwrap_or_default();
    let (path, presence) = loader.locate(&named, &base);
    if matches!(presence, Presence::Here(meta) if meta.kind == FileKind::File) {
        match loader.read(&path) {
            Ok(read) => {
                let at = crate::source::Location::new(file, word.span);
                let named_by = NamedBy { server: Language::Nginx, kind: Kind::Htpasswd, at };
                loader.project.add_credentials(read, Kind::Htpasswd, Some(named_by));
                reference.file = Some(read);
            }
            Err(error) => reference.unreadable = Some(error),
        }
        // permissions in a checkout are those of whoever checked it out
        if !loader.paths.is_checkout() {
            reference.denied = worker::denied(loader.fs, &path, account);
        }
    }
    reference.path = Some(path);
    reference.presence = Some(presence);
    Some(reference)
}
