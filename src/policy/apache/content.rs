//! What follows access control: rewriting and redirects of the place, the index of a folder, and the handler.

use super::mapping::{REDIRECT_MATCH, REDIRECTS};
use super::merged::Merged;
use super::methods::INVALID;
use super::policy::words;
use super::run::{Before, Hop, Next, Run, split};
use crate::config::apache::{Form, Value};
use crate::grammar::apache::{Id, id};
use crate::policy::answer::{Handler, Outcome};
use crate::policy::files::Found;
use crate::policy::world::Cause;
use crate::source::Location;

const DIRECTORY_INDEX: Id = id("DirectoryIndex");
const DIRECTORY_CHECK_HANDLER: Id = id("DirectoryCheckHandler");
const DIRECTORY_SLASH: Id = id("DirectorySlash");
const FALLBACK_RESOURCE: Id = id("FallbackResource");
const OPTIONS: Id = id("Options");
const SET_HANDLER: Id = id("SetHandler");
const ADD_HANDLER: Id = id("AddHandler");
const ADD_TYPE: Id = id("AddType");
const FORCE_TYPE: Id = id("ForceType");
const ACCEPT_PATH_INFO: Id = id("AcceptPathInfo");
const GET: u8 = 0;
const POST: u8 = 2;
const OPTIONS_METHOD: u8 = 5;

/// What a subrequest came to.
pub(super) struct Looked {
    /// The challenge that goes with a refusal.
    challenge: Option<String>,
    pub(super) status: Option<u16>,
    pub(super) hop: Hop,
    /// Where mod_rewrite sends it on inside of the server, once its handler runs.
    internal: Option<Vec<u8>>,
}

impl Run<'_, '_> {
    /// The fixups hooks, then the handler.
    pub(super) fn fixups(&mut self) -> Next {
        self.choose_handler();
        let rewritten = self.rewrite_in_place();
        if self.is_open {
            return Next::Done(Outcome::Anything);
        }
        if let Some(Next::Status(status)) = rewritten {
            return Next::Status(status);
        }
        if let Some(next) = self.redirect_in_place() {
            return next;
        }
        self.set_env();
        if let Some(next) = rewritten {
            // mod_dir sends the client to the folder's own path even so, and mod_headers does its part
            let next = self.slash().unwrap_or(next);
            self.forward();
            return next;
        }
        if let Some(next) = self.mod_dir() {
            return next;
        }
        self.handler()
    }

    /// `fixup_redir`: the Redirect lines of the place.
    fn redirect_in_place(&mut self) -> Option<Next> {
        if let Some(next) = self.redirect_without_path() {
            return Some(next);
        }
        for own in self.policy.every(&self.hop.merged, &REDIRECTS, self.world).into_iter().rev() {
            if self.policy.is_server(own.section) {
                continue;
            }
            let is_pathless = own.id != REDIRECT_MATCH
                && super::mapping::redirect_words(own).is_some_and(|words| words.1.is_none());
            if !is_pathless && let Some(next) = self.redirect(own) {
                return Some(next);
            }
        }
        None
    }

    /// mod_mime and SetHandler: who is going to answer.
    fn choose_handler(&mut self) {
        if self.hop.filename.starts_with(b"proxy:") {
            return;
        }
        if let Some(directive) = self.effective(&[SET_HANDLER]) {
            let word = directive.arg(0).and_then(Value::known);
            match word {
                Some(word) if word.eq_ignore_ascii_case(b"none") => {}
                Some(word) => {
                    self.hop.handler = Some((word.into_owned(), Some(directive.location())));
                    return;
                }
                None => {
                    self.give_up(Cause::new(
                        directive.location(),
                        "which handler SetHandler names",
                    ));
                    return;
                }
            }
        }
        if self.hop.found == Some(Found::Directory) {
            return;
        }
        if let Some(directive) = self.effective(&[FORCE_TYPE])
            && let Some(word) = directive.arg(0).and_then(Value::known)
            && is_script_type(&word)
        {
            self.hop.handler = Some((word.into_owned(), Some(directive.location())));
            return;
        }
        let name =
            self.hop.filename.rsplit(|byte| *byte == b'/').next().unwrap_or_default().to_vec();
        let extensions: Vec<Vec<u8>> =
            name.split(|byte| *byte == b'.').skip(1).map(<[u8]>::to_ascii_lowercase).collect();
        let mut found: Option<(Vec<u8>, Location)> = None;
        for own in self.policy.every(&self.hop.merged, &[ADD_HANDLER, ADD_TYPE], self.world) {
            let Some(words) = words(own.directive) else { continue };
            let Some((handler, names)) = words.split_first() else { continue };
            if own.id == ADD_TYPE && !is_script_type(handler) {
                continue;
            }
            let is_meant = names.iter().any(|name| {
                let name = name.strip_prefix(b".").unwrap_or(name).to_ascii_lowercase();
                extensions.contains(&name)
            });
            if is_meant {
                found = Some((handler.to_vec(), own.directive.location()));
            }
        }
        if let Some((handler, at)) = found {
            self.hop.handler = Some((handler, Some(at)));
        }
    }

    /// The fixups of mod_dir. `Some` where the request ends or goes on elsewhere.
    fn mod_dir(&mut self) -> Option<Next> {
        if !self.policy.has_module("dir_module", self.world) {
            return None;
        }
        match self.hop.found {
            Some(Found::Directory) => self.folder(),
            // a handler may make something of it
            Some(Found::Nothing) if self.hop.handler.is_none() => self.fallback(),
            _ => None,
        }
    }

    /// The first part of `fixup_dir`: a folder whose path lacks the slash is asked for again with one.
    fn slash(&mut self) -> Option<Next> {
        let is_folder = self.hop.found == Some(Found::Directory) && self.hop.path_info.is_empty();
        if !is_folder || self.hop.uri.ends_with(b"/") {
            return None;
        }
        if self.effective(&[DIRECTORY_SLASH]).is_some_and(|it| it.says(b"off")) {
            return None;
        }
        self.step(None, "content", "the path of a folder lacks its slash: 301");
        Some(Next::Status(301))
    }

    /// `fixup_dir`: the slash, then the first index that is there.
    fn folder(&mut self) -> Option<Next> {
        if !self.hop.path_info.is_empty() {
            return None;
        }
        if !self.hop.uri.ends_with(b"/") {
            return self.slash();
        }
        let checks = self.effective(&[DIRECTORY_CHECK_HANDLER]);
        if self.hop.handler.is_some() && checks.is_some_and(|it| it.says(b"on")) {
            return None;
        }
        let mut last_error = None;
        let names = self.index_names();
        let count = names.len();
        for (index, name) in names.into_iter().enumerate() {
            let looked = self.look_up(&self.with_args(&name));
            if self.is_open {
                return Some(Next::Done(Outcome::Anything));
            }
            let is_proxied = looked.hop.filename.starts_with(b"proxy:");
            match looked.status {
                None if is_proxied || looked.hop.found == Some(Found::File) => {
                    self.take_over(looked.hop);
                    return looked.internal.map(Next::Internal);
                }
                Some(status) if (300..400).contains(&status) => return Some(Next::Status(status)),
                Some(401) if index + 1 == count => {
                    self.challenge = looked.challenge.or(self.challenge.take());
                    return Some(Next::Status(401));
                }
                Some(404) | None => {}
                Some(status) => last_error = Some(status),
            }
        }
        if let Some(status) = last_error {
            self.step(None, "content", format_args!("an index of the folder is refused: {status}"));
            return Some(Next::Status(status));
        }
        None
    }

    /// What mod_dir looks for, with the query of the request.
    fn with_args(&self, name: &[u8]) -> Vec<u8> {
        match &self.hop.args {
            Some(args) => [name, b"?", args].concat(),
            None => name.to_vec(),
        }
    }

    /// The names of DirectoryIndex, in their order. Lines of one section add up, an inner section's replace them.
    fn index_names(&mut self) -> Vec<Vec<u8>> {
        let policy = self.policy;
        let Some(section) = policy.record(&self.hop.merged, &[DIRECTORY_INDEX], self.world) else {
            return vec![b"index.html".to_vec()];
        };
        let mut names: Vec<Vec<u8>> = Vec::new();
        for own in policy.get(section).all(&[DIRECTORY_INDEX]) {
            if !policy.reads(own.directive, self.world) {
                continue;
            }
            let list = words(own.directive).unwrap_or_default();
            if let [word] = &*list
                && word.eq_ignore_ascii_case(b"disabled")
            {
                names.clear();
                continue;
            }
            names.extend(list.into_iter().map(std::borrow::Cow::into_owned));
        }
        names
    }

    /// `fixup_dflt`: FallbackResource answers for what is not there; for a folder, in the place of its missing index.
    fn fallback(&mut self) -> Option<Next> {
        let directive = self.effective(&[FALLBACK_RESOURCE])?;
        let target = directive.arg(0)?.known()?.into_owned();
        if target.eq_ignore_ascii_case(b"disabled") {
            return None;
        }
        if self.hop.uri == target {
            return None;
        }
        let at = directive.location();
        let looked = self.look_up(&self.with_args(&target));
        if self.is_open {
            return Some(Next::Done(Outcome::Anything));
        }
        let is_there = match looked.hop.found {
            Some(Found::Nothing) => looked.hop.filename.starts_with(b"proxy:"),
            Some(Found::Unknown) if looked.status.is_none() => {
                let name = String::from_utf8_lossy(&looked.hop.filename).into_owned();
                self.world.holds(Cause::new(at, format!("whether {name} exists")))
            }
            _ => true,
        };
        match looked.status {
            None if is_there => {
                self.step(at, "content", "FallbackResource answers");
                self.take_over(looked.hop);
                looked.internal.map(Next::Internal)
            }
            // httpd may have freed what the Location header points to (AH02430)
            Some(300..=399)
                if !self
                    .world
                    .holds(Cause::new(at, "whether the Location of a subrequest outlives it")) =>
            {
                Some(Next::Status(500))
            }
            Some(status) if status != 404 => {
                // without the challenge that went with it
                self.step(at, "content", format_args!("the FallbackResource is refused: {status}"));
                Some(Next::Status(status))
            }
            _ => None,
        }
    }

    /// `ap_internal_fast_redirect`: the subrequest's file, settings and user.
    fn take_over(&mut self, hop: Hop) {
        let (method, number) = (self.hop.method.clone(), self.hop.number);
        self.hop = Hop { method, number, ..hop };
    }

    /// `ap_sub_req_lookup_uri`: everything up to the handler for `target`, as GET.
    pub(super) fn look_up(&mut self, target: &[u8]) -> Looked {
        let (path, args) = split(target);
        let uri = if path.starts_with(b"/") {
            path.to_vec()
        } else {
            let end = self.hop.uri.iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
            [&self.hop.uri[..end], path].concat()
        };
        let uri = super::uri::normalise(&uri).unwrap_or_else(|_| b"/".to_vec());
        let hop = Hop {
            method: b"GET".to_vec(),
            number: GET,
            uri,
            args: args.map(<[u8]>::to_vec),
            unparsed: target.to_vec(),
            env: self.hop.env.clone(),
            ..Hop::default()
        };
        let outer = std::mem::replace(&mut self.hop, hop);
        // a subrequest has headers of its own
        let challenge = self.challenge.take();
        let before = Before::of(&outer);
        let before = self.before.replace(before);
        let was_subrequest = std::mem::replace(&mut self.is_subrequest, true);
        // `rewrite_really_last` is kept in the request's pool, and a subrequest has one of its own
        let has_ended = std::mem::take(&mut self.has_ended);
        self.depth += 1;
        let shown = String::from_utf8_lossy(&self.hop.uri).into_owned();
        self.step(None, "content", format_args!("a subrequest looks for {shown}"));
        let next = if self.depth > 10 { Next::Status(500) } else { self.process() };
        self.depth -= 1;
        self.is_subrequest = was_subrequest;
        self.has_ended = has_ended;
        self.before = before;
        let hop = std::mem::replace(&mut self.hop, outer);
        let challenge = std::mem::replace(&mut self.challenge, challenge);
        let (status, internal) = match next {
            Next::Status(status) | Next::Done(Outcome::Answered(status)) => (Some(status), None),
            Next::Internal(target) => (None, Some(target)),
            Next::Handler(_) | Next::Done(_) => (None, None),
        };
        // what is not there is no error of the lookup
        let status = status.filter(|status| *status != 200);
        Looked { challenge, status, hop, internal }
    }

    /// `ap_invoke_handler`.
    fn handler(&mut self) -> Next {
        if self.is_subrequest {
            return Next::Handler(Handler::File);
        }
        self.forward();
        if let Some(url) = self.hop.filename.strip_prefix(b"proxy:").map(<[u8]>::to_vec) {
            return self.proxied(&url);
        }
        if let Some((name, at)) = self.hop.handler.clone()
            && let Some(next) = self.named_handler(&name, at)
        {
            return next;
        }
        match self.hop.found {
            Some(Found::Directory) => self.listing(),
            Some(Found::File) => {
                if !self.hop.path_info.is_empty() && !self.accepts_path_info() {
                    return self.static_method(404, "there is nothing below a file: 404");
                }
                self.static_file()
            }
            Some(Found::Nothing) => self.static_method(404, "the file does not exist: 404"),
            Some(Found::Other) => {
                self.static_method(403, "this is neither a file nor a folder: 403")
            }
            Some(Found::Unknown) | None => {
                let name = String::from_utf8_lossy(&self.hop.filename).into_owned();
                let cause = Cause::new(None, format!("whether {name} exists"));
                if self.world.holds(cause) {
                    self.static_file()
                } else {
                    self.static_method(404, "the file does not exist: 404")
                }
            }
        }
    }

    fn accepts_path_info(&mut self) -> bool {
        self.effective(&[ACCEPT_PATH_INFO]).is_some_and(|it| it.says(b"on"))
    }

    /// The default handler on a file that is there.
    fn static_file(&mut self) -> Next {
        match self.hop.number {
            GET | POST => {
                self.step(None, "content", "the file is served");
                Next::Handler(Handler::File)
            }
            _ => self.static_method(404, ""),
        }
    }

    /// The default handler for other methods than GET and POST; for these, the status `missing`.
    fn static_method(&mut self, missing: u16, text: &str) -> Next {
        let (status, text) = match self.hop.number {
            GET | POST => (missing, text.to_owned()),
            OPTIONS_METHOD => {
                self.step(None, "content", "OPTIONS is answered by the server: 200");
                return Next::Done(Outcome::Answered(200));
            }
            INVALID => (501, "the server does not know the method: 501".to_owned()),
            _ => (405, "files take only GET and POST: 405".to_owned()),
        };
        self.step(None, "content", text);
        Next::Status(status)
    }

    /// A folder without an index: a listing, or a refusal.
    fn listing(&mut self) -> Next {
        let has_autoindex = self.policy.has_module("autoindex_module", self.world);
        if self.hop.number == GET && has_autoindex {
            if self.has_option(b"Indexes") {
                self.step(None, "content", "the folder is listed");
                return Next::Handler(Handler::Module);
            }
            self.step(None, "content", "the folder has no index and may not be listed: 403");
            return Next::Status(403);
        }
        self.static_method(404, "a folder is no file: 404")
    }

    /// `Options` of the merged sections: without a sign a list replaces what is outside.
    pub(super) fn has_option(&mut self, name: &[u8]) -> bool {
        let merged = self.hop.merged.clone();
        self.has_option_in(&merged, name)
    }

    pub(super) fn has_option_in(&mut self, merged: &Merged, name: &[u8]) -> bool {
        // FollowSymLinks is the default of httpd 2.4
        let mut on = name.eq_ignore_ascii_case(b"FollowSymLinks");
        if self.policy.site.data.form == Form::Htaccess {
            on = name.eq_ignore_ascii_case(b"FollowSymLinks");
        }
        for own in self.policy.every(merged, &[OPTIONS], self.world) {
            let Some(words) = words(own.directive) else { continue };
            let mut replaced = false;
            for word in words {
                let (sign, rest) = match word.first() {
                    Some(b'+') => (Some(true), &word[1..]),
                    Some(b'-') => (Some(false), &word[1..]),
                    _ => (None, &word[..]),
                };
                let is_it = rest.eq_ignore_ascii_case(name)
                    || rest.eq_ignore_ascii_case(b"All")
                        && !name.eq_ignore_ascii_case(b"MultiViews");
                if sign.is_none() && !replaced {
                    replaced = true;
                    on = false;
                }
                if is_it {
                    on = sign != Some(false);
                }
            }
        }
        on
    }

    /// Who answers under the name of a handler.
    fn named_handler(&mut self, name: &[u8], at: Option<Location>) -> Option<Next> {
        let shown = String::from_utf8_lossy(name).into_owned();
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        if let Some(url) = name.strip_prefix(b"proxy:") {
            self.step(at, "content", format_args!("the handler is {shown}"));
            let url = url.to_vec();
            return Some(self.proxied(&url));
        }
        let exists = self.hop.found != Some(Found::Nothing);
        if is("cgi-script") {
            if self.hop.found == Some(Found::Directory) {
                self.step(at, "content", "a folder is no CGI program: 403");
                return Some(Next::Status(403));
            }
            if !exists {
                self.step(at, "content", "the CGI program does not exist: 404");
                return Some(Next::Status(404));
            }
            self.step(at, "content", "a CGI program answers");
            return Some(Next::Handler(Handler::Cgi));
        }
        if is("fcgid-script") {
            self.step(at, "content", "a FastCGI program answers");
            return Some(if exists { Next::Handler(Handler::Fastcgi) } else { Next::Status(404) });
        }
        if is_php(name) {
            if !exists {
                self.step(at, "content", "the PHP script does not exist: 404");
                return Some(Next::Status(404));
            }
            self.step(at, "content", "PHP answers");
            return Some(Next::Handler(Handler::Script));
        }
        if is("server-status") || is("server-info") || is("balancer-manager") || is("ldap-status") {
            self.step(at, "content", format_args!("{shown} answers"));
            return Some(Next::Handler(Handler::Module));
        }
        if is("default-handler") || is("send-as-is") || is("type-map") {
            return None;
        }
        if is("wsgi-script") || is("lua-script") || is("perl-script") || is("modperl") {
            self.step(at, "content", format_args!("{shown} answers"));
            return Some(Next::Handler(Handler::Script));
        }
        // a handler that nobody has falls back to the file
        None
    }
}

fn is_script_type(name: &[u8]) -> bool {
    is_php(name) || name.eq_ignore_ascii_case(b"application/x-httpd-cgi")
}

fn is_php(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    name.starts_with(b"application/x-httpd-php")
        || name == b"php-script"
        || name.starts_with(b"php5-script")
}
