//! PRECONTENT and CONTENT: `try_files`, the handler of the location, `index`, static files.

use super::block::{BlockId, Kind};
use super::conditions::Validators;
use super::document::Alias;
use super::policy::has;
use super::run::{Next, Run};
use crate::config::nginx::{Directive, Value, variables};
use crate::grammar::nginx::{COUNT, Id, id};
use crate::policy::answer::Handler;
use crate::policy::files::Found;
use crate::policy::text::Text;
use crate::policy::world::Cause;
use crate::source::Location;

const INDEX: [Id; 1] = [id!("index")];

/// Directives that are the handler of their location, and who answers then.
const HANDLERS: [(Id, Handler); 18] = [
    (id!("proxy_pass"), Handler::Proxy),
    (id!("grpc_pass"), Handler::Proxy),
    (id!("fastcgi_pass"), Handler::Fastcgi),
    (id!("uwsgi_pass"), Handler::Fastcgi),
    (id!("scgi_pass"), Handler::Fastcgi),
    (id!("memcached_pass"), Handler::Module),
    (id!("stub_status"), Handler::Module),
    (id!("empty_gif"), Handler::Module),
    (id!("flv"), Handler::File),
    (id!("mp4"), Handler::File),
    (id!("content_by_lua"), Handler::Script),
    (id!("content_by_lua_block"), Handler::Script),
    (id!("content_by_lua_file"), Handler::Script),
    (id!("js_content"), Handler::Script),
    (id!("perl"), Handler::Script),
    (id!("echo"), Handler::Module),
    (id!("api"), Handler::Module),
    (id!("dav_methods"), Handler::Module),
];

/// Whether a directive is the handler of its location.
pub(super) const fn is_handler(id: Id) -> bool {
    const IS: [bool; COUNT] = {
        let mut is = [false; COUNT];
        let mut at = 0;
        while at < HANDLERS.len() {
            is[HANDLERS[at].0.index()] = true;
            at += 1;
        }
        is
    };
    IS[id.index()]
}

/// Whether it is one that hands requests on.
const fn hands_on(handler: Handler) -> bool {
    matches!(handler, Handler::Proxy | Handler::Fastcgi)
}

impl<'p> Run<'_, 'p> {
    /// `try_files`: `ngx_http_try_files_handler`. Not inherited by blocks inside.
    pub(super) fn try_files(&mut self) -> Next {
        let Some(directive) = self.policy.own(self.conf, id!("try_files")) else {
            return Next::Content;
        };
        let at = directive.words_location();
        let values: Vec<_> = directive.args().collect();
        let Some((last, tries)) = values.split_last() else { return Next::Content };
        if self.is_alias_lost() {
            return self.alias_lost();
        }
        for &value in tries {
            // a name with a slash at the end means a folder, and the slash is cut off
            let decoded = value.decoded();
            let (text, wants_folder) = match decoded.strip_suffix(b"/") {
                Some(text) => (text, true),
                None => (&*decoded, false),
            };
            let path = self.tried(text, value);
            let found = match path.as_ref().and_then(|path| self.path_tried(path)) {
                Some(path) => self.stands_at(&path),
                None => Found::Unknown,
            };
            let shown = path.as_ref().map_or("…".into(), Text::shown);
            let is_there = match found {
                Found::Unknown => {
                    let path = path.clone().unwrap_or_else(|| Text::from("…".as_bytes()));
                    self.is_below_the_root(&path, wants_folder, false)
                }
                Found::Directory => wants_folder,
                Found::File | Found::Other => !wants_folder,
                Found::Nothing => false,
            };
            if is_there {
                self.step(at, "try_files", format!("try_files finds {shown}"));
                self.take_tried(path, wants_folder);
                return Next::Content;
            }
        }
        let Some(text) = last.known() else {
            let cause = Cause::new(last.location(), "what a template puts here");
            return self.redirect_to(&cause.into(), at);
        };
        if let Some(status) = text.strip_prefix(b"=") {
            let status = std::str::from_utf8(status).ok().and_then(|digits| digits.parse().ok());
            let status = status.unwrap_or(500);
            self.step(at, "try_files", format!("try_files finds nothing: {status}"));
            return Next::Status(status);
        }
        let Some(target) = self.tried(&text, *last) else {
            return self.redirect_to(&Cause::new(at, "where `try_files` leads").into(), at);
        };
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
        let has_slash_before = self.is_behind_slash();
        let next = self.redirect_to(&target, at);
        self.has_slash_before = has_slash_before;
        next
    }

    /// A name of `try_files`. Behind an `alias`, the path of the location is taken off from what has variables.
    fn tried(&mut self, text: &[u8], value: Value<'p>) -> Option<Text> {
        let filled = self.fill_in(text, value.location());
        let Alias::Prefix(length) = self.documents()?.alias else { return Some(filled) };
        if variables(text).next().is_none() {
            return Some(filled);
        }
        let (name, uri) = (filled.known()?, self.uri.known()?);
        let is_same = name.get(..length).is_some_and(|start| uri.starts_with(start));
        Some(if is_same { name[length..].into() } else { filled })
    }

    /// Where a name of `try_files` is looked for.
    fn path_tried(&mut self, name: &Text) -> Option<Text> {
        let mut path = self.documents()?.root;
        path.push(name.clone());
        Some(path)
    }

    /// Whether the root ends in a slash. Names are put together behind it, where what stands before them is read as well.
    fn is_behind_slash(&mut self) -> bool {
        let root = self.documents().map(|documents| documents.root);
        root.is_some_and(|root| root.known().is_some_and(|root| root.ends_with(b"/")))
    }

    /// Goes on with a name that is there.
    fn take_tried(&mut self, name: Option<Text>, is_folder: bool) {
        let name = name.unwrap_or_else(|| self.uri.clone());
        match self.documents().map(|documents| documents.alias) {
            Some(Alias::Prefix(length)) => {
                let mut uri: Text =
                    self.uri.known().and_then(|uri| uri.get(..length)).unwrap_or_default().into();
                uri.push(name);
                self.uri = uri;
            }
            Some(Alias::Whole) if is_folder => {}
            Some(Alias::Whole) => {
                self.uri = name;
                self.adds_uri_to_alias = true;
            }
            Some(Alias::None) | None => {
                self.uri = name;
                self.has_slash_before = self.is_behind_slash();
            }
        }
    }

    fn alias_lost(&mut self) -> Next {
        let at = self.root_place();
        self.step(at, "content", "alias does not go with a URI that was rewritten: 500");
        Next::Status(500)
    }

    /// CONTENT.
    pub(super) fn content(&mut self) -> Next {
        let Some((directive, handler)) = self.content_handler else { return self.static_file() };
        if !hands_on(handler) {
            return self.handled(directive, handler);
        }
        if let Some(pass) = self.inherited_pass(directive) {
            return self.handled(pass, handler);
        }
        let text = format!(
            "{} of an `if` before is still the handler, and here nothing says where it leads: 500",
            directive.name()
        );
        self.step(directive.words_location(), "content", text);
        Next::Status(500)
    }

    /// Takes on the handler of the block whose settings hold from here on. One without keeps the handler that there is:
    /// `ngx_http_update_location_config`.
    pub(super) fn take_handler(&mut self) {
        let own = self.own_handler(self.conf);
        let block = self.policy.get(self.conf);
        // what hands requests on is inherited by `limit_except`
        let outer = block.parent.filter(|_| block.kind == Kind::LimitExcept);
        let inherited = || self.own_handler(outer?).filter(|(_, handler)| hands_on(*handler));
        if let Some(handler) = own.or_else(inherited) {
            self.content_handler = Some(handler);
        }
    }

    fn own_handler(&self, block: BlockId) -> Option<(Directive<'p>, Handler)> {
        let own = self.policy.get(block).handler()?;
        let (_, handler) = HANDLERS.iter().find(|(id, _)| has(own, &[*id]))?;
        Some((own, *handler))
    }

    /// Where a handler that hands requests on leads here: `if` and `limit_except` inherit it from their location, and from
    /// nowhere else.
    fn inherited_pass(&self, directive: Directive<'p>) -> Option<Directive<'p>> {
        let mut block = self.conf;
        loop {
            let own = self.own_handler(block).map(|(own, _)| own);
            if let Some(own) = own.filter(|own| own.name() == directive.name()) {
                return Some(own);
            }
            let one = self.policy.get(block);
            block = one.parent.filter(|_| matches!(one.kind, Kind::If | Kind::LimitExcept))?;
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
            "empty_gif" | "stub_status" => {
                self.step(at, "content", format!("{} answers 200", directive.name()));
                self.validators =
                    if directive.is("empty_gif") { Validators::LongAgo } else { Validators::None };
                return self.answered(200);
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
        let is_folder = uri.ends_with(b"/") || uri.is_empty() && self.has_slash_before;
        if is_folder && matches!(&*self.method, b"GET" | b"HEAD" | b"POST") {
            if let Some(next) = self.index(&uri) {
                return next;
            }
            if matches!(&*self.method, b"GET" | b"HEAD")
                && self.flag(self.conf, id!("autoindex"), false)
            {
                let at = self.policy.effective(self.conf, id!("autoindex")).set();
                // the last byte is taken for the slash: `alias` without one leads elsewhere
                let path = self.path_of(&uri.as_slice().into());
                let path = path.and_then(|path| path.known().map(<[u8]>::to_vec));
                let folder = path.map(|path| path[..path.len().saturating_sub(1)].into());
                let found = folder.map_or(Found::Unknown, |folder| self.stands_at(&folder));
                let is_there = match found {
                    Found::Directory => true,
                    Found::Nothing | Found::File | Found::Other => false,
                    Found::Unknown => self.has_documents(),
                };
                if !is_there {
                    self.step(self.root_place(), "content", "there is no such folder: 404");
                    return Next::Status(404);
                }
                self.step(at.map(Directive::words_location), "content", "lists the folder");
                self.validators = Validators::None;
                return self.passed(Handler::Module);
            }
        }
        if !matches!(&*self.method, b"GET" | b"HEAD" | b"POST") {
            self.step(None, "content", "a file is only for GET and HEAD: 405");
            return Next::Status(405);
        }
        let at = self.root_place();
        if !is_folder && self.is_alias_lost() {
            return self.alias_lost();
        }
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
                self.file_answers()
            }
            Found::Directory => self.folder_without_slash(at),
            Found::Nothing | Found::Other => {
                let text = format!("there is no file {}: 404", String::from_utf8_lossy(&uri));
                self.step(at, "content", text);
                Next::Status(404)
            }
            Found::Unknown => self.unknown_file(),
        }
    }

    fn folder_without_slash(&mut self, at: Option<Location>) -> Next {
        self.step(at, "content", "a folder: redirects with 301 to its name with a slash");
        Next::Status(301)
    }

    /// A file is served.
    fn file_answers(&mut self) -> Next {
        self.validators = Validators::File;
        self.passed(Handler::File)
    }

    /// Whether a file or a folder that is not here stands at `path` below the root: one question, whoever asks it, and
    /// one of the two at most. `first` is what is told where nothing else decides.
    fn is_below_the_root(&mut self, path: &Text, is_folder: bool, first: bool) -> bool {
        // a slash at the end belongs to a folder
        if !is_folder && path.known().is_some_and(|path| path.ends_with(b"/")) {
            return false;
        }
        if !self.has_documents() {
            return false;
        }
        let other = self.below_the_root(path, !is_folder);
        if self.world.is_known(&other) {
            return false;
        }
        let cause = self.below_the_root(path, is_folder);
        self.world.holds_usually(cause, first)
    }

    /// Whether the root, of which something is not here, is more than an empty name.
    fn has_documents(&mut self) -> bool {
        self.world.holds(Cause::new(self.root_place(), "whether there is anything below the root"))
    }

    fn below_the_root(&self, path: &Text, is_folder: bool) -> Cause {
        let kind = if is_folder { "folder" } else { "file" };
        let path = path.shown();
        let text = format!("whether {} is a {kind} below the root", path.trim_end_matches('/'));
        Cause::new(self.root_place(), text)
    }

    fn unknown_file(&mut self) -> Next {
        let at = self.root_place();
        let uri = self.uri.shown().into_owned();
        let path = self.uri.clone();
        if self.world.is_known(&self.below_the_root(&path, true)) {
            return self.folder_without_slash(at);
        }
        if self.is_below_the_root(&path, false, true) {
            self.step(at, "content", format!("{uri}, if it is there"));
            self.file_answers()
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
            if self.is_alias_lost() {
                return Some(self.alias_lost());
            }
            let path = [uri, &name].concat();
            // behind what the folder is mapped to, which with `alias` need not begin with the URI
            let file = self.path_of(&uri.into()).map(|mut file| {
                file.push(name.into());
                file
            });
            match file.map_or(Found::Unknown, |file| self.stands_at(&file)) {
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
                    if !is_folder_there && let Some(next) = self.tested_folder(uri) {
                        return Some(next);
                    }
                    is_folder_there = true;
                }
                Found::Unknown => {
                    if self.is_below_the_root(&path.as_slice().into(), false, true) {
                        let args = self.args.clone();
                        return Some(self.redirect_with(path.into(), args));
                    }
                    if !is_folder_there && let Some(next) = self.tested_folder(uri) {
                        return Some(next);
                    }
                    is_folder_there = true;
                }
            }
        }
        None
    }

    /// What becomes of a folder in which the first index is missing: `ngx_http_index_test_dir`.
    fn tested_folder(&mut self, uri: &[u8]) -> Option<Next> {
        let at = self.root_place();
        match self.found(uri) {
            Found::File | Found::Other => {
                self.step(at, "index", "this is no folder: 500");
                return Some(Next::Status(500));
            }
            Found::Directory => return None,
            Found::Unknown if self.has_documents() => return None,
            Found::Nothing | Found::Unknown => {}
        }
        self.step(at, "index", "there is no such folder: 404");
        Some(Next::Status(404))
    }
}
