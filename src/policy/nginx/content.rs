//! PRECONTENT and CONTENT: `try_files`, the handler of the location, `index`, static files.

use super::policy::{BlockId, Effective, Kind, has};
use super::run::{Next, Run};
use crate::config::nginx::Directive;
use crate::grammar::nginx::{Id, id};
use crate::policy::answer::Handler;
use crate::policy::files::Found;
use crate::policy::text::Text;
use crate::policy::world::Cause;
use crate::source::Location;
use std::path::PathBuf;

const ROOT: Id = id("root");
const ALIAS: Id = id("alias");
const INDEX: [Id; 1] = [id("index")];

/// Directives that are the handler of their location, and who answers then.
const HANDLERS: [(Id, Handler); 18] = [
    (id("proxy_pass"), Handler::Proxy),
    (id("grpc_pass"), Handler::Proxy),
    (id("fastcgi_pass"), Handler::Fastcgi),
    (id("uwsgi_pass"), Handler::Fastcgi),
    (id("scgi_pass"), Handler::Fastcgi),
    (id("memcached_pass"), Handler::Module),
    (id("stub_status"), Handler::Module),
    (id("empty_gif"), Handler::Module),
    (id("flv"), Handler::File),
    (id("mp4"), Handler::File),
    (id("content_by_lua"), Handler::Script),
    (id("content_by_lua_block"), Handler::Script),
    (id("content_by_lua_file"), Handler::Script),
    (id("js_content"), Handler::Script),
    (id("perl"), Handler::Script),
    (id("echo"), Handler::Module),
    (id("api"), Handler::Module),
    (id("dav_methods"), Handler::Module),
];

/// Whether the directive is the handler of its location.
pub(super) fn is_handler(directive: Directive<'_>) -> bool {
    HANDLERS.iter().any(|(id, _)| has(directive, &[*id]))
}

impl<'p> Run<'_, 'p> {
    /// `try_files`: `ngx_http_try_files_handler`. Not inherited by blocks inside.
    pub(super) fn try_files(&mut self) -> Next {
        let Some(directive) = self.policy.own(self.conf, const { id("try_files") }) else {
            return Next::Content;
        };
        let at = directive.words_location();
        let values: Vec<_> = directive.args().collect();
        let Some((last, tries)) = values.split_last() else { return Next::Content };
        for &value in tries {
            let path = self.value(value);
            let wants_folder = value.decoded().ends_with(b"/");
            let found = match path.known().map(<[u8]>::to_vec) {
                Some(path) => self.found(&path),
                None => Found::Unknown,
            };
            let is_there = match found {
                Found::Unknown => {
                    let kind = if wants_folder { "folder" } else { "file" };
                    let text = format!("whether {} is a {kind} below the root", path.shown());
                    self.world.choose(Cause::new(at, text), 2) == 1
                }
                Found::Directory => wants_folder,
                Found::File | Found::Other => !wants_folder,
                Found::Nothing => false,
            };
            if is_there {
                self.step(at, "try_files", format!("try_files finds {}", path.shown()));
                self.uri = path;
                return Next::Content;
            }
        }
        let Some(text) = last.known() else {
            return self
                .redirect_to(&Cause::new(last.location(), "what a template puts here").into(), at);
        };
        if let Some(status) = text.strip_prefix(b"=") {
            let status = std::str::from_utf8(status).ok().and_then(|digits| digits.parse().ok());
            let status = status.unwrap_or(500);
            self.step(at, "try_files", format!("try_files finds nothing: {status}"));
            return Next::Status(status);
        }
        let target = self.value(*last);
        self.step(
            at,
            "try_files",
            format!("try_files finds nothing and goes on to {}", target.shown()),
        );
        if target.prefix().first() == Some(&b'@')
            && let Some(name) = target.known()
        {
            return self.jump_to(name, at);
        }
        self.redirect_to(&target, at)
    }

    /// CONTENT.
    pub(super) fn content(&mut self) -> Next {
        if let Some((directive, handler)) = self.handler() {
            return self.handled(directive, handler);
        }
        self.static_file()
    }

    /// The handler of the location: its own, or for an `if` or `limit_except` that of the location around it, where it
    /// hands requests on.
    fn handler(&self) -> Option<(Directive<'p>, Handler)> {
        let own = |block: BlockId| {
            self.policy.get(block).own.iter().rev().find_map(|own| {
                let (_, handler) = HANDLERS.iter().find(|(id, _)| has(*own, &[*id]))?;
                Some((*own, *handler))
            })
        };
        let mut block = self.conf;
        loop {
            if let Some(found) = own(block) {
                return Some(found).filter(|(_, handler)| {
                    block == self.conf || matches!(handler, Handler::Proxy | Handler::Fastcgi)
                });
            }
            let one = self.policy.get(block);
            if !matches!(one.kind, Kind::If | Kind::LimitExcept) {
                return None;
            }
            block = one.parent?;
        }
    }

    fn handled(&mut self, directive: Directive<'p>, handler: Handler) -> Next {
        let at = directive.words_location();
        match &*directive.name() {
            "proxy_pass" | "grpc_pass" => return self.proxy(directive),
            "fastcgi_pass" | "uwsgi_pass" | "scgi_pass" => return self.application(directive),
            "empty_gif" | "stub_status" if !matches!(&*self.method, b"GET" | b"HEAD") => {
                self.step(
                    at,
                    "content",
                    format!("{} is only for GET and HEAD: 405", directive.name()),
                );
                return Next::Status(405);
            }
            // these answer for some methods, and files for the others
            "dav_methods" => {
                let is_listed =
                    directive.args().any(|method| method.is_ignoring_case(&self.method));
                if !is_listed {
                    return self.static_file();
                }
            }
            "flv" | "mp4" => return self.static_file(),
            _ => {}
        }
        self.step(at, "content", format!("{} answers", directive.name()));
        self.passed(handler)
    }

    /// `index`, `autoindex` and static files.
    fn static_file(&mut self) -> Next {
        let Some(uri) = self.uri.known().map(<[u8]>::to_vec) else {
            return self.unknown_file();
        };
        let is_folder = uri.ends_with(b"/");
        if is_folder && matches!(&*self.method, b"GET" | b"HEAD" | b"POST") {
            if let Some(next) = self.index(&uri) {
                return next;
            }
            if matches!(&*self.method, b"GET" | b"HEAD")
                && self.flag(self.conf, const { id("autoindex") }, false)
            {
                let at = self.policy.effective(self.conf, const { id("autoindex") }).set();
                self.step(at.map(Directive::words_location), "content", "lists the folder");
                return self.passed(Handler::Module);
            }
        }
        if !matches!(&*self.method, b"GET" | b"HEAD" | b"POST") {
            self.step(None, "content", "a file is only for GET and HEAD: 405");
            return Next::Status(405);
        }
        let at = self.root_place();
        if is_folder {
            self.step(at, "content", "the folder has no index: 403");
            return Next::Status(403);
        }
        match self.found(&uri) {
            Found::File if self.method == b"POST" => {
                self.step(at, "content", "a file is only for GET and HEAD: 405");
                Next::Status(405)
            }
            Found::File => {
                let text = format!("the file {} is there", String::from_utf8_lossy(&uri));
                self.step(at, "content", text);
                self.file_answers(at)
            }
            Found::Directory => {
                self.step(at, "content", "a folder: redirects with 301 to its name with a slash");
                Next::Status(301)
            }
            Found::Nothing | Found::Other => {
                let text = format!("there is no file {}: 404", String::from_utf8_lossy(&uri));
                self.step(at, "content", text);
                Next::Status(404)
            }
            Found::Unknown => self.unknown_file(),
        }
    }

    /// A file is served, or 304 says that the client has it.
    fn file_answers(&mut self, at: Option<Location>) -> Next {
        let known = self.header(b"if-none-match");
        let has = known.known().is_some_and(|known| known.trim_ascii() == b"*");
        let asks =
            !known.is_empty(self.world) || !self.header(b"if-modified-since").is_empty(self.world);
        let is_unchanged = has
            || asks
                && self.world.choose(Cause::new(at, "whether the client has the file already"), 2)
                    == 1;
        if is_unchanged {
            self.step(at, "content", "the client has it already: 304");
            self.answered(304)
        } else {
            self.passed(Handler::File)
        }
    }

    fn unknown_file(&mut self) -> Next {
        let at = self.root_place();
        let cause =
            Cause::new(at, format!("whether {} is a file below the root", self.uri.shown()));
        let uri = self.uri.shown().into_owned();
        if self.world.choose(cause, 2) == 0 {
            self.step(at, "content", format!("{uri}, if it is there"));
            self.passed(Handler::File)
        } else {
            self.step(at, "content", format!("{uri} is not there: 404"));
            Next::Status(404)
        }
    }

    /// `index`: `ngx_http_index_handler`.
    fn index(&mut self, uri: &[u8]) -> Option<Next> {
        let list = self.policy.list(self.conf, &INDEX);
        let mut names: Vec<(Text, Option<Location>)> = Vec::new();
        for directive in &list.directives {
            for value in directive.args() {
                let at = value.location();
                names.push((self.value(value), Some(at)));
            }
        }
        if names.is_empty() {
            names.push((Text::from(&b"index.html"[..]), None));
        }
        let mut is_folder_there = false;
        for (name, at) in names {
            let Some(name) = name.known().map(<[u8]>::to_vec) else {
                return Some(self.unknown_file());
            };
            if name.first() == Some(&b'/') {
                self.step(
                    at,
                    "index",
                    format!("index goes on to {}", String::from_utf8_lossy(&name)),
                );
                let args = self.args.clone();
                return Some(self.redirect_with(name.into(), args));
            }
            let path = [uri, &name].concat();
            match self.found(&path) {
                Found::File | Found::Directory | Found::Other => {
                    self.step(
                        at,
                        "index",
                        format!("index goes on to {}", String::from_utf8_lossy(&path)),
                    );
                    let args = self.args.clone();
                    return Some(self.redirect_with(path.into(), args));
                }
                Found::Nothing => {
                    if !is_folder_there {
                        if self.found(uri) == Found::Nothing {
                            let at = self.root_place();
                            self.step(at, "index", "there is no such folder: 404");
                            return Some(Next::Status(404));
                        }
                        is_folder_there = true;
                    }
                }
                Found::Unknown => {
                    let text = format!("whether {} is there", String::from_utf8_lossy(&path));
                    if self.world.choose(Cause::new(at.or(self.root_place()), text), 2) == 0 {
                        let args = self.args.clone();
                        return Some(self.redirect_with(path.into(), args));
                    }
                }
            }
        }
        None
    }

    /// What stands at the path that `uri` is mapped to: `ngx_http_map_uri_to_path`.
    fn found(&self, uri: &[u8]) -> Found {
        let Some((_, folder)) = self.root_folder() else { return self.found_by_alias(uri) };
        match self.alias() {
            None => self.files.below(&folder, uri),
            Some((_, location)) => {
                let matcher = self.policy.get(location).matcher.as_ref();
                let path = matcher.and_then(super::location::Matcher::path);
                match path.and_then(|path| uri.strip_prefix(path)) {
                    Some(rest) => self.files.below(&folder, rest),
                    None => Found::Unknown,
                }
            }
        }
    }

    /// Where the alias of an exact location is no folder here: it may name a file.
    fn found_by_alias(&self, uri: &[u8]) -> Found {
        let file = || {
            let (alias, location) = self.alias()?;
            let path = self.policy.get(location).matcher.as_ref()?.path()?;
            let name = alias.arg(0)?.known().filter(|_| uri == path)?;
            let slash = name.iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
            let (folder, name) = name.split_at(slash);
            if name.is_empty() || folder.contains(&b'$') || name.contains(&b'$') {
                return None;
            }
            // relative ones start at the prefix, which may be the folder of the main configuration or the one above it
            let base = self.policy.site.data.conf_prefix.as_deref()?;
            let above = crate::config::paths::up(base);
            let looked = [base, &above].map(|base| {
                let folder = self.files.folder(folder, Some(base));
                folder.map_or(Found::Unknown, |folder| self.files.below(&folder, name))
            });
            looked.into_iter().find(|found| *found == Found::File)
        };
        file().unwrap_or(Found::Unknown)
    }

    /// The `alias` of the location, with the location.
    fn alias(&self) -> Option<(Directive<'p>, BlockId)> {
        let Effective::Set(alias, block) = self.policy.effective(self.conf, ALIAS) else {
            return None;
        };
        // a root further inside takes its place; blocks inside have higher numbers
        let replaced = matches!(self.policy.effective(self.conf, ROOT), Effective::Set(_, root) if root > block);
        (!replaced).then_some((alias, block))
    }

    /// The directive that says where documents lie.
    fn root_place(&self) -> Option<Location> {
        let root = || self.policy.effective(self.conf, ROOT).set();
        self.alias().map(|(alias, _)| alias).or_else(root).map(Directive::words_location)
    }

    /// The folder of the documents, as the server names it and as it lies here.
    pub(super) fn root_folder(&self) -> Option<(Vec<u8>, PathBuf)> {
        let root = match self.alias() {
            Some((alias, _)) => alias.arg(0)?.known()?.into_owned(),
            None => match self.policy.effective(self.conf, ROOT) {
                Effective::Set(root, _) => root.arg(0)?.known()?.into_owned(),
                Effective::Unset => b"html".to_vec(),
                Effective::Unknown(_) => return None,
            },
        };
        if root.contains(&b'$') {
            return None;
        }
        // the prefix is taken for the folder of the main configuration, or the one above it
        let base = self.policy.site.data.conf_prefix.as_deref()?;
        let above = crate::config::paths::up(base);
        let folder = self
            .files
            .folder(&root, Some(base))
            .or_else(|| self.files.folder(&root, Some(&above)))?;
        Some((root, folder))
    }

    /// `$document_root`.
    pub(super) fn root_text(&self) -> Option<Text> {
        self.root_folder().map(|(root, _)| root.into())
    }
}
