//! Where the file of a URI lies: `root` and `alias`, and what stands there. `ngx_http_map_uri_to_path`.

use super::block::BlockId;
use super::location::Matcher;
use super::policy::Effective;
use super::run::Run;
use crate::config::Presence;
use crate::config::nginx::Directive;
use crate::grammar::nginx::{Id, id};
use crate::policy::files::Found;
use crate::policy::text::Text;
use crate::source::{FileKind, Location};
use memchr::memrchr;
use std::path::PathBuf;

const ROOT: Id = id!("root");
const ALIAS: Id = id!("alias");

/// What a URI's path is put behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Documents {
    /// The `root` or `alias`, with its variables filled in.
    pub(super) root: Text,
    /// What of the URI is not put behind it.
    pub(super) alias: Alias,
}

/// What an `alias` stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alias {
    /// There is none: the whole URI is put behind the root.
    None,
    /// The first bytes of the URI: the path of the location.
    Prefix(usize),
    /// The whole URI, in a location with a pattern.
    Whole,
}

impl<'p> Run<'_, 'p> {
    /// The `root` or `alias` in effect: the innermost one.
    fn root_directive(&self) -> Effective<'p> {
        let root = self.policy.effective(self.conf, ROOT);
        let alias = self.policy.effective(self.conf, ALIAS);
        match (root, alias) {
            // blocks inside have higher numbers
            (Effective::Set(_, outer), Effective::Set(_, inner)) if outer > inner => root,
            (_, Effective::Set(..)) => alias,
            _ => root,
        }
    }

    /// The directive that says where documents lie.
    pub(super) fn root_place(&self) -> Option<Location> {
        self.root_directive().set().map(Directive::words_location)
    }

    /// Where documents lie; `None` where it is not known.
    pub(super) fn documents(&mut self) -> Option<Documents> {
        let (directive, block) = match self.root_directive() {
            Effective::Set(directive, block) => (directive, block),
            Effective::Unset => {
                return Some(Documents { root: Text::from(&b"html"[..]), alias: Alias::None });
            }
            Effective::Unknown(_) => return None,
        };
        let value = directive.arg(0)?;
        if directive.is("alias") {
            let root = self.value(value);
            return Some(Documents { root, alias: self.alias_of(block) });
        }
        // one slash at the end is cut off, before variables are filled in
        let root = match value.known() {
            Some(text) => self.fill_in(text.strip_suffix(b"/").unwrap_or(&text), value.location()),
            None => self.value(value),
        };
        Some(Documents { root, alias: Alias::None })
    }

    fn alias_of(&self, block: BlockId) -> Alias {
        match self.policy.get(block).matcher.as_ref() {
            Some(Matcher::Regex { .. }) => Alias::Whole,
            matcher => Alias::Prefix(matcher.and_then(Matcher::path).map_or(0, <[u8]>::len)),
        }
    }

    /// Whether an `alias` is in effect where the URI was rewritten and stayed: nginx answers 500 then.
    pub(super) fn is_alias_lost(&mut self) -> bool {
        !self.is_location_valid
            && self.documents().is_some_and(|documents| documents.alias != Alias::None)
    }

    /// The path of the file of `uri`.
    pub(super) fn path_of(&mut self, uri: &Text) -> Option<Text> {
        let Documents { root: mut path, alias } = self.documents()?;
        match alias {
            Alias::None => path.push(uri.clone()),
            Alias::Prefix(length) => {
                path.push(uri.known()?.get(length..).unwrap_or_default().into());
            }
            Alias::Whole if self.adds_uri_to_alias => path.push(uri.clone()),
            Alias::Whole => {}
        }
        Some(path)
    }

    /// What stands at the path that `uri` is mapped to.
    pub(super) fn found(&mut self, uri: &[u8]) -> Found {
        match self.path_of(&uri.into()) {
            Some(path) => self.stands_at(&path),
            None => Found::Unknown,
        }
    }

    /// What stands at a path, as the server names it.
    pub(super) fn stands_at(&mut self, path: &Text) -> Found {
        let Some(path) = path.known().map(<[u8]>::to_vec) else { return Found::Unknown };
        // the longest part that is a folder for certain: the root itself, or what is around it
        let root =
            self.documents().and_then(|documents| documents.root.known().map(<[u8]>::to_vec));
        if let Some(root) = root
            && let Some(rest) = path.strip_prefix(&*root)
            && let Some(folder) = self.folder(&root)
        {
            if root.ends_with(b"/") || rest.is_empty() || rest.starts_with(b"/") {
                return self.files.below(&folder, rest);
            }
            // without a slash in between, another name begins with that of the folder
            let name = memrchr(b'/', &root).map_or(&*root, |slash| &root[slash + 1..]);
            let around = crate::config::paths::up(&folder);
            return self.files.below(&around, &[name, rest].concat());
        }
        let Some(slash) = memrchr(b'/', &path) else { return self.stands_beside(&path) };
        // a slash at the end belongs to the name before it
        let slash =
            if slash + 1 == path.len() { memrchr(b'/', &path[..slash]) } else { Some(slash) };
        let Some(slash) = slash else { return self.stands_beside(&path) };
        match self.folder(&path[..=slash]) {
            Some(folder) => self.files.below(&folder, &path[slash + 1..]),
            None if self.is_behind_a_file(&path[..slash]) => Found::Nothing,
            None => Found::Unknown,
        }
    }

    /// Whether `path`, or what it lies in, is a file: then nothing lies behind it.
    fn is_behind_a_file(&self, path: &[u8]) -> bool {
        let Some(base) = self.policy.site.data.conf_prefix.as_deref() else { return false };
        let mut end = path.len();
        loop {
            let (_, presence) = self.files.locate(&path[..end], Some(base));
            if let Presence::Here(meta) = presence {
                return meta.kind == FileKind::File;
            }
            match memrchr(b'/', &path[..end]).filter(|&slash| slash > 0) {
                Some(slash) => end = slash,
                None => return false,
            }
        }
    }

    /// What stands under a bare name in the server's prefix: in whichever folder that may be, what is there.
    fn stands_beside(&self, name: &[u8]) -> Found {
        let Some(base) = self.policy.site.data.conf_prefix.as_deref() else {
            return Found::Unknown;
        };
        let above = crate::config::paths::up(base);
        let looked = [base, &above].map(|base| {
            self.files.folder(b".", Some(base)).map(|folder| self.files.below(&folder, name))
        });
        let is_there = |found: &Found| matches!(found, Found::File | Found::Directory);
        match looked {
            [Some(Found::Nothing), Some(Found::Nothing)] => Found::Nothing,
            looked => looked.into_iter().flatten().find(is_there).unwrap_or(Found::Unknown),
        }
    }

    /// A folder as it lies here. The server's prefix is taken for the folder of the main configuration, or the one above.
    fn folder(&self, name: &[u8]) -> Option<PathBuf> {
        let base = self.policy.site.data.conf_prefix.as_deref()?;
        self.files
            .folder(name, Some(base))
            .or_else(|| self.files.folder(name, Some(&crate::config::paths::up(base))))
    }
}
