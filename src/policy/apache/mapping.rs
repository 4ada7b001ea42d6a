//! From the path of a URL to a file: ProxyPass, Redirect and Alias, DocumentRoot, and what stands there.

use super::policy::{Own, ServerId, words};
use super::run::{Next, Run};
use crate::config::apache::{Directive, Form, Value};
use crate::grammar::apache::{Id, id};
use crate::policy::regex::Captures;
use crate::policy::world::Cause;

const DOCUMENT_ROOT: Id = id("DocumentRoot");
const LOAD_MODULE: Id = id("LoadModule");
const ALIAS: Id = id("Alias");
const ALIAS_MATCH: Id = id("AliasMatch");
const SCRIPT_ALIAS: Id = id("ScriptAlias");
const SCRIPT_ALIAS_MATCH: Id = id("ScriptAliasMatch");
const REDIRECT: Id = id("Redirect");
pub(super) const REDIRECT_MATCH: Id = id("RedirectMatch");
const REDIRECT_PERMANENT: Id = id("RedirectPermanent");
const REDIRECT_TEMP: Id = id("RedirectTemp");
const PROXY_PASS: Id = id("ProxyPass");
const PROXY_PASS_MATCH: Id = id("ProxyPassMatch");
const USER_DIR: Id = id("UserDir");

const WSGI_SCRIPT_ALIAS: Id = id("WSGIScriptAlias");

const ALIASES: [Id; 4] = [ALIAS, ALIAS_MATCH, SCRIPT_ALIAS, SCRIPT_ALIAS_MATCH];
pub(super) const REDIRECTS: [Id; 4] = [REDIRECT, REDIRECT_MATCH, REDIRECT_PERMANENT, REDIRECT_TEMP];
const PROXIES: [Id; 2] = [PROXY_PASS, PROXY_PASS_MATCH];

impl<'p> Run<'_, 'p> {
    /// The directives `ids` of the virtual host's own level, then of the main server's.
    fn of_server(&mut self, ids: &[Id]) -> Vec<Own<'p>> {
        let policy = self.policy;
        if !policy.inventory.has(ids) {
            return Vec::new();
        }
        let mut sections = vec![policy.servers[self.server.index()].defaults];
        if self.server != ServerId::MAIN {
            sections.push(policy.servers[0].defaults);
        }
        let mut all = Vec::new();
        for section in sections {
            for own in policy.get(section).all(ids) {
                if policy.reads(own.directive, self.world) {
                    all.push(own);
                }
            }
        }
        all
    }

    /// The translate_name hooks. `Some` where the request ends here.
    pub(super) fn translate(&mut self) -> Option<Next> {
        if let Some(next) = self.rewrite_in_server() {
            return Some(next);
        }
        if !self.hop.filename.is_empty() {
            // mod_rewrite named the file
            if self.hop.found.is_none() && !self.hop.filename.starts_with(b"proxy:") {
                let root = self.document_root_name();
                let name = &self.hop.filename;
                let root = root.filter(|root| name.starts_with(root));
                self.find_file(root.as_deref());
            }
            return None;
        }
        if self.proxy_pass() {
            return None;
        }
        if let Some(next) = self.redirect_without_path() {
            return Some(next);
        }
        for own in self.of_server(&REDIRECTS) {
            if let Some(next) = self.redirect(own) {
                return Some(next);
            }
        }
        for own in self.of_server(&[WSGI_SCRIPT_ALIAS]) {
            if self.wsgi_alias(own) {
                return None;
            }
        }
        for own in self.of_server(&ALIASES) {
            if self.alias(own) {
                return None;
            }
        }
        if self.hop.uri.starts_with(b"/~")
            && let Some(own) = self.of_server(&[USER_DIR]).first()
            && own.directive.arg(0).is_some_and(|word| !word.is_ignoring_case(b"disabled"))
        {
            self.give_up(Cause::new(
                own.directive.location(),
                "which folder the user's pages lie in",
            ));
            return Some(Next::Status(404));
        }
        self.document_root();
        None
    }

    /// `Redirect URL` in a Location.
    pub(super) fn redirect_without_path(&mut self) -> Option<Next> {
        let policy = self.policy;
        let list = policy.every(&self.hop.merged, &REDIRECTS[..1], self.world);
        let own = list.into_iter().rev().find(|own| {
            !policy.is_server(own.section) && redirect_words(*own).is_some_and(|it| it.1.is_none())
        })?;
        let (status, _) = redirect_words(own)?;
        Some(self.redirected(own, status))
    }

    fn redirected(&mut self, own: Own<'p>, status: u16) -> Next {
        let at = own.directive.location();
        self.step(at, "redirect", format_args!("{} answers {status}", own.directive.name()));
        Next::Status(status)
    }

    /// One Redirect or RedirectMatch, where it is about the path.
    pub(super) fn redirect(&mut self, own: Own<'p>) -> Option<Next> {
        let is_match = own.id == REDIRECT_MATCH;
        let (status, from) = redirect_words(own)?;
        let from = from?;
        let uri = self.hop.uri.clone();
        let fits = if is_match {
            self.matches(&from, false, &uri, own.directive)
        } else {
            alias_matches(&uri, &from).is_some()
        };
        fits.then(|| self.redirected(own, status))
    }

    /// One Alias or its like, where it is about the path.
    fn alias(&mut self, own: Own<'p>) -> bool {
        let Some(words) = words(own.directive) else {
            if self
                .world
                .choose(Cause::new(own.directive.location(), "which path this is about"), 2)
                == 1
            {
                self.give_up(Cause::new(own.directive.location(), "which path this is about"));
            }
            return false;
        };
        let [from, to] = &*words else { return false };
        let uri = self.hop.uri.clone();
        let is_match = matches!(own.id, ALIAS_MATCH | SCRIPT_ALIAS_MATCH);
        let file = if is_match {
            let regex = self.policy.regexes.get(from, false);
            let captures = match regex.captures(&uri) {
                Some(Some(captures)) => captures,
                Some(None) => return false,
                None => {
                    let cause = Cause::new(
                        own.directive.location(),
                        "whether the pattern matches the path",
                    );
                    self.give_up(cause);
                    Captures::default()
                }
            };
            super::env::substituted(to, &captures)
        } else {
            let Some(length) = alias_matches(&uri, from) else { return false };
            [&**to, &uri[length..]].concat()
        };
        let at = own.directive.location();
        self.step(
            at,
            "map",
            format_args!("{} leads to {}", own.directive.name(), String::from_utf8_lossy(&file)),
        );
        if matches!(own.id, SCRIPT_ALIAS | SCRIPT_ALIAS_MATCH) {
            self.hop.handler = Some((b"cgi-script".to_vec(), Some(at)));
        }
        if !is_match {
            let folder = to.strip_suffix(b"/").unwrap_or(to).to_vec();
            let prefix = from.strip_suffix(b"/").unwrap_or(from).to_vec();
            self.hop.context = Some((folder, prefix));
        }
        self.hop.filename = self.absolute(&file);
        let root = if is_match {
            // up to what the pattern captured
            let end = memchr::memchr2(b'$', b'\\', to).unwrap_or(to.len());
            memchr::memrchr(b'/', &to[..end]).map(|slash| &to[..slash])
        } else {
            Some(&**to)
        };
        let root = root.filter(|root| !root.is_empty()).map(<[u8]>::to_vec);
        self.find_file(root.as_deref());
        true
    }

    /// One WSGIScriptAlias: the script is the file, and the rest of the path is its own.
    fn wsgi_alias(&mut self, own: Own<'p>) -> bool {
        let Some(words) = words(own.directive) else { return false };
        let [from, to, ..] = &*words else { return false };
        let uri = self.hop.uri.clone();
        let from = from.strip_suffix(b"/").unwrap_or(from);
        let Some(length) = alias_matches(&uri, from) else { return false };
        let at = own.directive.location();
        self.step(
            at,
            "map",
            format_args!("WSGIScriptAlias leads to {}", String::from_utf8_lossy(to)),
        );
        self.hop.handler = Some((b"wsgi-script".to_vec(), Some(at)));
        self.hop.filename = [&self.absolute(to)[..], &uri[length..]].concat();
        let to = to.to_vec();
        let folder = to.iter().rposition(|byte| *byte == b'/').map(|at| to[..at].to_vec());
        self.find_file(folder.as_deref());
        true
    }

    /// A file name of the configuration as the server opens it.
    pub(super) fn absolute(&self, name: &[u8]) -> Vec<u8> {
        if name.starts_with(b"/") {
            return name.to_vec();
        }
        let data = self.policy.site.data;
        let root = data.server_root_name.as_ref().or(data.server_root.as_ref());
        let root =
            root.map(|root| root.as_os_str().as_encoded_bytes().to_vec()).unwrap_or_default();
        [&root[..], b"/", name].concat()
    }

    /// `core_translate`: the file below DocumentRoot.
    fn document_root(&mut self) {
        let uri = self.hop.uri.clone();
        self.document_root_of(&uri);
    }

    /// The DocumentRoot that httpd was built with: Debian's differs, and so do its main file and the place of its modules.
    pub(super) fn built_in_root(&mut self) -> &'static [u8] {
        let policy = self.policy;
        let main = &policy.site.project.sources.get(policy.site.data.main).name;
        let of_debian = |own: Own<'_>| {
            let file = own.directive.arg(1).and_then(Value::known);
            file.is_some_and(|file| file.starts_with(b"/usr/lib/apache2/"))
        };
        let mut modules = policy.get(policy.servers[0].defaults).all(&[LOAD_MODULE]);
        if main.ends_with("apache2.conf") || modules.any(of_debian) {
            b"/var/www/html"
        } else {
            b"/usr/local/apache2/htdocs"
        }
    }

    /// Looks for the file of `uri` below DocumentRoot.
    pub(super) fn document_root_of(&mut self, uri: &[u8]) {
        if self.policy.site.data.form == Form::Htaccess {
            self.hop.filename = uri.to_vec();
            let root = self.policy.root.clone();
            self.find_below(root.map(|root| (root, 0)).as_ref());
            return;
        }
        let policy = self.policy;
        let own = [self.server, ServerId::MAIN].into_iter().find_map(|server| {
            let defaults = policy.servers[server.index()].defaults;
            policy.last_of(defaults, &[DOCUMENT_ROOT], self.world)
        });
        let root = match own {
            Some(own) => {
                if let Some(root) = own.directive.arg(0).and_then(Value::known) {
                    root.into_owned()
                } else {
                    self.give_up(Cause::new(
                        own.directive.location(),
                        "which folder DocumentRoot names",
                    ));
                    return;
                }
            }
            None => self.built_in_root().to_vec(),
        };
        let root = self.absolute(root.strip_suffix(b"/").unwrap_or(&root));
        let file = [&root[..], uri].concat();
        let at = own.map(|own| own.directive.location());
        self.step(at, "map", format_args!("the path leads to {}", String::from_utf8_lossy(&file)));
        self.hop.filename = file;
        self.find_file(Some(&root));
    }

    /// ProxyPass, in a Location or with a path.
    fn proxy_pass(&mut self) -> bool {
        let policy = self.policy;
        let inside = policy.every(&self.hop.merged, &PROXIES, self.world);
        let mut list: Vec<(Own<'p>, bool)> = inside
            .into_iter()
            .rev()
            .filter(|own| !policy.is_server(own.section))
            .map(|own| (own, true))
            .collect();
        list.truncate(1);
        list.extend(self.of_server(&PROXIES).into_iter().map(|own| (own, false)));
        for (own, in_location) in list {
            let Some(words) = words(own.directive) else { continue };
            let mut words = words.into_iter();
            let uri = self.hop.uri.clone();
            let from = if in_location {
                location_path(own.directive).unwrap_or_else(|| b"/".to_vec())
            } else {
                let Some(from) = words.next() else { continue };
                from.into_owned()
            };
            let Some(to) = words.next() else { continue };
            let is_match = own.id == PROXY_PASS_MATCH;
            let url = if is_match {
                let regex = policy.regexes.get(&from, false);
                match regex.captures(&uri) {
                    Some(Some(captures)) => super::env::substituted(&to, &captures),
                    Some(None) => continue,
                    None => {
                        self.give_up(Cause::new(
                            own.directive.location(),
                            "whether the pattern matches",
                        ));
                        return true;
                    }
                }
            } else {
                let Some(length) = alias_matches(&uri, &from) else { continue };
                [&*to, &uri[length..]].concat()
            };
            let at = own.directive.location();
            if *to == *b"!" {
                self.step(at, "map", "ProxyPass leaves the path alone");
                return false;
            }
            self.step(
                at,
                "map",
                format_args!(
                    "{} hands it on to {}",
                    own.directive.name(),
                    String::from_utf8_lossy(&url)
                ),
            );
            self.hop.filename = [b"proxy:", &url[..]].concat();
            self.hop.handler = Some((b"proxy-server".to_vec(), Some(at)));
            return true;
        }
        false
    }
}

/// The status of a Redirect, and the path that it is about: none where only a target stands there. `None` where its words
/// are not known.
pub(super) fn redirect_words(own: Own<'_>) -> Option<(u16, Option<Vec<u8>>)> {
    let mut list = words(own.directive)?;
    let mut status = match own.id {
        REDIRECT_PERMANENT => 301,
        _ => 302,
    };
    if matches!(own.id, REDIRECT | REDIRECT_MATCH) && list.len() > 1
        || list.len() == 1 && own.id == REDIRECT
    {
        let named = match list[0].to_ascii_lowercase().as_slice() {
            b"permanent" => Some(301),
            b"temp" => Some(302),
            b"seeother" => Some(303),
            b"gone" => Some(410),
            digits if digits.first().is_some_and(u8::is_ascii_digit) => {
                std::str::from_utf8(digits).ok().and_then(|text| text.parse().ok())
            }
            _ => None,
        };
        if let Some(named) = named {
            status = named;
            list.remove(0);
        }
    }
    let is_redirect = (300..400).contains(&status);
    let mut list = list.into_iter().map(std::borrow::Cow::into_owned);
    let (first, second) = (list.next(), list.next());
    Some(match (first, second, is_redirect) {
        (Some(_), None, true) => (status, None),
        (from, _, _) => (status, from),
    })
}

/// `alias_matches`: how much of `uri` the path `from` stands for. Slashes in a row count as one.
fn alias_matches(uri: &[u8], from: &[u8]) -> Option<usize> {
    let (mut at, mut u) = (0, 0);
    while at < from.len() {
        if from[at] == b'/' {
            if uri.get(u) != Some(&b'/') {
                return None;
            }
            while from.get(at) == Some(&b'/') {
                at += 1;
            }
            while uri.get(u) == Some(&b'/') {
                u += 1;
            }
        } else {
            if uri.get(u) != Some(&from[at]) {
                return None;
            }
            at += 1;
            u += 1;
        }
    }
    // it must end where a part of the path ends
    if from.last() != Some(&b'/') && !matches!(uri.get(u), None | Some(b'/')) {
        return None;
    }
    Some(u)
}

/// The path of the Location that a directive stands in.
fn location_path(directive: Directive<'_>) -> Option<Vec<u8>> {
    let section = directive.sections().find(|section| section.is_section("Location"))?;
    section.arg(0)?.known().map(std::borrow::Cow::into_owned)
}
