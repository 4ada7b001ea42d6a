//! Requests that show something: one that reaches a place.

use super::matcher::Matcher;
use super::place::Place;
use super::policy::{Kind, ServerId, words};
use crate::config::apache::Value;
use crate::grammar::apache::{Id, id};
use crate::policy::request::{Destination, Request, Scheme};
use crate::policy::sample::sample;

const DOCUMENT_ROOT: Id = id("DocumentRoot");
const ALIAS: Id = id("Alias");
const SCRIPT_ALIAS: Id = id("ScriptAlias");
const SERVER_NAME: Id = id("ServerName");
const LISTEN: Id = id("Listen");
const SSL_ENGINE: Id = id("SSLEngine");

impl Place<'_, '_> {
    /// A request that comes by here, as far as names and paths tell; whether it does, [`Policy::predict`] knows.
    ///
    /// [`Policy::predict`]: super::Policy::predict
    #[must_use]
    pub fn request(self) -> Option<Request> {
        self.request_for(&self.path()?)
    }

    /// A request for `path` to the server of this place.
    #[must_use]
    pub fn request_for(self, path: &[u8]) -> Option<Request> {
        let server = &self.policy.servers[self.server().index()];
        let defaults = self.policy.at(server.defaults);
        let first = |id: Id| defaults.own(id)?.directive.arg(0)?.known();
        let name = first(SERVER_NAME).or_else(|| {
            let main = self.policy.at(self.policy.servers[0].defaults);
            main.own(SERVER_NAME)?.directive.arg(0)?.known()
        });
        let name = name.map(std::borrow::Cow::into_owned);
        let name = name.as_deref().and_then(|name| name.rsplit(|byte| *byte == b'/').next());
        let name = name.and_then(|name| name.split(|byte| *byte == b':').next());
        let tls = first(SSL_ENGINE).is_some_and(|word| word.eq_ignore_ascii_case(b"on"));
        let head = server.directive.and_then(|directive| directive.arg(0)).and_then(Value::known);
        let port = head.as_deref().and_then(port_of).or_else(|| self.first_port());
        let port = port.unwrap_or(if tls { 443 } else { 80 });
        let mut request = Request::get(name.unwrap_or(b"localhost"), port, path);
        if port != if tls { 443 } else { 80 } {
            let name = request.host.take().unwrap_or_default();
            request.host = Some([&name[..], b":", port.to_string().as_bytes()].concat());
        }
        request.scheme = if tls { Scheme::Https } else { Scheme::Http };
        let ip = head.as_deref().and_then(|head| {
            let text = std::str::from_utf8(head).ok()?;
            let text = text.rsplit_once(':').map_or(text, |(host, _)| host);
            text.parse().ok()
        });
        request.destination = match ip {
            Some(ip) => Destination::Address(ip, port),
            None => Destination::Address([127, 0, 0, 1].into(), port),
        };
        Some(request)
    }

    fn first_port(self) -> Option<u16> {
        let main = self.policy.at(self.policy.servers[0].defaults);
        let listen = main.all(&[LISTEN]).next()?;
        port_of(&listen.directive.arg(0)?.known()?)
    }

    /// The folder that it is about, as the server names it, a slash at both ends; `None` for one that is about paths of
    /// URLs, or whose head is a pattern.
    #[must_use]
    pub fn folder(self) -> Option<Vec<u8>> {
        let section = self.section();
        match section.kind {
            Kind::Directory => match &section.matcher {
                Matcher::Literal(path) => {
                    let mut folder = path.clone();
                    if !folder.ends_with(b"/") {
                        folder.push(b'/');
                    }
                    Some(folder)
                }
                _ => None,
            },
            Kind::Htaccess => section.folder.clone(),
            Kind::Files | Kind::If | Kind::ElseIf | Kind::Else => self.parent()?.folder(),
            _ => None,
        }
    }

    /// A name that `<Files>` matches.
    #[must_use]
    pub fn file_name(self) -> Option<Vec<u8>> {
        let section = self.section();
        match section.kind {
            Kind::Files => match &section.matcher {
                Matcher::Literal(name) => Some(name.clone()),
                Matcher::Glob(pattern) => filled(pattern),
                Matcher::Regex(pattern) => {
                    let sample = sample(pattern)?;
                    let is_bare = sample.text.first() == Some(&b'.') && !sample.at_start;
                    let front = if is_bare { &b"x"[..] } else { b"" };
                    Some([front, &sample.text].concat())
                }
                Matcher::Unknown => None,
            },
            Kind::If | Kind::ElseIf | Kind::Else => self.parent()?.file_name(),
            _ => None,
        }
    }

    /// A path of a URL that leads here.
    #[must_use]
    pub fn path(self) -> Option<Vec<u8>> {
        let section = self.section();
        match section.kind {
            Kind::Location => match &section.matcher {
                Matcher::Literal(path) if path.starts_with(b"/") => Some(path.clone()),
                Matcher::Glob(pattern) => filled(pattern).filter(|path| path.starts_with(b"/")),
                Matcher::Regex(pattern) => {
                    let text = sample(pattern)?.text;
                    let slash = if text.starts_with(b"/") { &b""[..] } else { b"/" };
                    Some([slash, &text].concat())
                }
                _ => None,
            },
            Kind::Directory | Kind::Htaccess => self.path_of(&self.folder()?),
            Kind::Files => {
                let folder = match self.folder() {
                    Some(folder) => self.path_of(&folder)?,
                    None => b"/".to_vec(),
                };
                Some([&folder[..], &self.file_name()?].concat())
            }
            Kind::If | Kind::ElseIf | Kind::Else => self.parent()?.path(),
            Kind::Server => Some(b"/".to_vec()),
            Kind::Proxy | Kind::DirectoryMatch => None,
        }
    }

    /// The path of the URL that leads to a folder: by an Alias, or below DocumentRoot.
    fn path_of(self, folder: &[u8]) -> Option<Vec<u8>> {
        if self.policy.root.is_some() {
            return Some(folder.to_vec());
        }
        let mut servers = vec![self.server()];
        if self.server() != ServerId::MAIN {
            servers.push(ServerId::MAIN);
        }
        // a section of the main server is mostly about what a virtual host serves
        if self.server() == ServerId::MAIN {
            servers.extend((1..self.policy.servers.len() as u32).take(16).map(ServerId));
        }
        servers.into_iter().find_map(|server| self.path_below(server, folder))
    }

    /// The path of the URL by which the file `name` of the server is fetched; `None` where it lies in no folder that is
    /// served, as far as names tell.
    #[must_use]
    pub fn path_to(self, name: &[u8]) -> Option<Vec<u8>> {
        let mut path = self.path_of(&[name, b"/"].concat())?;
        path.pop();
        Some(path)
    }

    /// The path of the URL by which `server` leads to the folder that this place is about.
    #[must_use]
    pub fn path_in(self, server: ServerId) -> Option<Vec<u8>> {
        let folder = self.folder()?;
        if self.policy.root.is_some() { Some(folder) } else { self.path_below(server, &folder) }
    }

    fn path_below(self, server: ServerId, folder: &[u8]) -> Option<Vec<u8>> {
        let own = self.policy.at(self.policy.servers[server.index()].defaults);
        let main = self.policy.at(self.policy.servers[0].defaults);
        for own in own.all(&[ALIAS, SCRIPT_ALIAS]) {
            let words = words(own.directive)?;
            let [from, to] = &*words else { continue };
            if let Some(rest) = below(folder, to) {
                let from = from.strip_suffix(b"/").unwrap_or(from);
                return Some([from, b"/", rest].concat());
            }
        }
        let root = own.own(DOCUMENT_ROOT).or_else(|| main.own(DOCUMENT_ROOT))?;
        let root = root.directive.arg(0)?.known()?;
        let root = if root.starts_with(b"/") {
            root.into_owned()
        } else {
            let base = self.policy.site.data.server_root_name.as_ref()?;
            [base.as_os_str().as_encoded_bytes(), b"/", &root].concat()
        };
        below(folder, &root).map(|rest| [b"/", rest].concat())
    }
}

/// What of `folder` lies below `root`; a folder above the root is as good as the root itself.
fn below<'f>(folder: &'f [u8], root: &[u8]) -> Option<&'f [u8]> {
    let root = root.strip_suffix(b"/").unwrap_or(root);
    if let Some(rest) = folder.strip_prefix(root) {
        return rest.strip_prefix(b"/");
    }
    root.starts_with(folder).then_some(b"")
}

/// A text that a pattern with wildcards matches.
fn filled(pattern: &[u8]) -> Option<Vec<u8>> {
    if pattern.contains(&b'[') || pattern.contains(&b'\\') {
        return None;
    }
    Some(
        pattern.iter().map(|&byte| if matches!(byte, b'*' | b'?') { b'x' } else { byte }).collect(),
    )
}

fn port_of(address: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(address).ok()?;
    text.rsplit(':').next()?.parse().ok()
}
