//! Where a URI leads inside of a server, what a status becomes in a place, and the checks that `auth_request` makes.

use super::block::{BlockId, Kind};
use super::listen::{Address, Listen};
use super::location::Search;
use super::place::Place;
use super::policy::{Policy, has};
use super::run::{Next, Run};
use crate::config::nginx::{Directive, Value, variables};
use crate::grammar::nginx::{Id, id};
use crate::policy::answer::Prediction;
use crate::policy::files::Files;
use crate::policy::request::Request;
use crate::policy::world::explore;
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

/// An `auth_request` in one server.
#[derive(Clone, Debug)]
pub struct Guard<'r, 'p> {
    /// The directive.
    pub directive: Directive<'p>,
    /// The path that it names.
    pub uri: Cow<'p, [u8]>,
    /// The server.
    pub server: Place<'r, 'p>,
    /// The servers and locations that it is in effect in, outer ones first.
    pub places: Vec<Place<'r, 'p>>,
    /// The place that its subrequest comes to; the server itself where no location takes it.
    pub target: Place<'r, 'p>,
}

impl<'p> Policy<'p> {
    /// The place that the URI `uri` is given to in `server`, the server itself where no location takes it; `None` where
    /// that is not certain.
    #[must_use]
    pub fn route(&self, server: BlockId, uri: &[u8]) -> Option<Place<'_, 'p>> {
        let here = self.place(server);
        // code of the server comes before any location
        let changes = |own: Directive<'_>| has(own, &[id!("rewrite"), id!("return")]);
        let ifs = here.inner().filter(|inner| inner.kind() == Kind::If);
        let rewrites = ifs
            .flat_map(|inner| self.get(inner.block).own())
            .any(|own| has(own, &[id!("rewrite")]));
        if here.is_open() || rewrites || self.get(server).own().any(changes) {
            return None;
        }
        let request = Request::get(b"localhost", 0, uri);
        let explored = explore(|world| {
            let mut run = Run::new(self, Files::none(self.site.project), &request, world, 0);
            run.uri = uri.into();
            let found = match run.find_location(server, 0) {
                Search::Found(location) | Search::Prefix(location) => Some(location),
                Search::Slash(_) => None,
                Search::Declined => Some(server),
            };
            found.filter(|_| !run.is_open)
        });
        match &*explored.worlds {
            [(_, Some(location))] if explored.complete => Some(self.place(*location)),
            _ => None,
        }
    }

    /// The servers that another server of this configuration hands requests on to.
    pub fn inner_servers(&self) -> &BTreeSet<BlockId> {
        self.inner_servers.get_or_init(|| self.find_inner_servers())
    }

    fn find_inner_servers(&self) -> BTreeSet<BlockId> {
        let mut named: HashSet<Vec<u8>> = HashSet::new();
        for block in &self.blocks {
            for pass in block.own().filter(|own| has(*own, &[id!("proxy_pass"), id!("grpc_pass")]))
            {
                let Some(url) = pass.arg(0).and_then(Value::known) else { continue };
                let behind = url.windows(3).position(|part| part == b"://").map_or(0, |at| at + 3);
                let rest = &url[behind..];
                let end = rest.iter().position(|byte| *byte == b'/').unwrap_or(rest.len());
                named.insert(rest[..end].to_ascii_lowercase());
            }
        }
        let lines = self.upstreams.values().flat_map(|upstream| upstream.children());
        let servers = lines.filter(|line| line.is("server"));
        named.extend(servers.filter_map(|line| Some(line.arg(0)?.known()?.to_ascii_lowercase())));
        let is_named = |listen: &&Listen<'p>| match &listen.address {
            Address::Ip(address, port) => {
                let hosts = [address.to_string(), "localhost".into(), "127.0.0.1".into()];
                let is_local = address.is_loopback() || address.is_unspecified();
                let known = if is_local { &hosts[..] } else { &hosts[..1] };
                known.iter().any(|host| {
                    named.contains(format!("{host}:{port}").as_bytes())
                        || *port == 80 && named.contains(host.as_bytes())
                })
            }
            Address::Unix(path) => named
                .iter()
                .any(|name| name.strip_prefix(b"unix:").is_some_and(|rest| rest.starts_with(path))),
        };
        self.listens().iter().filter(is_named).map(|listen| listen.server).collect()
    }

    /// Every `auth_request` whose subrequest comes to a place that is certain, once a server.
    #[must_use]
    pub fn guards(&self) -> Vec<Guard<'_, 'p>> {
        let mut guards: Vec<Guard<'_, 'p>> = Vec::new();
        if self.site.directives("auth_request").next().is_none() {
            return guards;
        }
        let mut known: HashMap<_, Option<usize>> = HashMap::new();
        let mut targets: HashMap<_, Option<Place<'_, 'p>>> = HashMap::new();
        for place in self.locations_and_servers() {
            let (Some(directive), Some(server)) = (place.auth_request(), place.server()) else {
                continue;
            };
            let key = (directive.inclusion, directive.id, server.block);
            let guard = *known.entry(key).or_insert_with(|| {
                let uri = directive.arg(0)?.known()?;
                let target = *targets.entry((server.block, uri.clone())).or_insert_with(|| {
                    self.route(server.block, &uri).filter(|target| !target.is_open())
                });
                let target = target?;
                guards.push(Guard { directive, uri, server, places: Vec::new(), target });
                Some(guards.len() - 1)
            });
            if let Some(guard) = guard {
                guards[guard].places.push(place);
            }
        }
        guards
    }
}

impl Guard<'_, '_> {
    /// Whether the place that is asked is written as those are that clients do not come to themselves.
    #[must_use]
    pub fn is_only_asked(&self) -> bool {
        let clears = |one: Directive<'_>| {
            one.arg(0).is_some_and(|name| name.is_ignoring_case(b"content-length"))
        };
        self.target.own(id!("internal")).is_some()
            || self.target.own(id!("proxy_pass_request_body")).is_some()
            || self.target.own_all(const { &[id!("proxy_set_header")] }).any(clears)
    }
}

impl<'r, 'p> Place<'r, 'p> {
    /// What becomes of an answer of nginx's own with `status` that comes about here: `error_page` may lead on.
    #[must_use]
    pub fn answered_with(self, status: u16, is_subrequest: bool) -> Prediction {
        let path = self.path().unwrap_or_else(|| b"/".to_vec());
        let request = self.request().unwrap_or_else(|| Request::get(b"localhost", 80, &path));
        Prediction::new(explore(|world| {
            let files = Files::none(self.policy.site.project);
            let mut run = Run::new(self.policy, files, &request, world, 0);
            let server = self.server().map_or(self.block, |server| server.block);
            (run.server, run.default_server, run.conf) = (server, server, self.block);
            (run.uri, run.is_subrequest) = (path.as_slice().into(), is_subrequest);
            run.finish(Next::Status(status)).answer
        }))
    }

    /// Whether the server around it has a socket with this port.
    #[must_use]
    pub fn has_port(self, port: u16) -> bool {
        let Some(server) = self.server() else { return false };
        self.policy.listens().iter().any(|listen| {
            listen.server == server.block
                && matches!(listen.address, Address::Ip(_, bound) if bound == port)
        })
    }

    /// Whether its certificate is renewed by challenges over HTTP that come to this very server.
    #[must_use]
    pub fn is_challenged(self) -> bool {
        let certificate = self.own(id!("ssl_certificate")).and_then(|one| one.arg(0));
        let is_renewed =
            certificate.is_some_and(|path| path.decoded().starts_with(b"/etc/letsencrypt/live/"));
        is_renewed && self.has_port(80)
    }

    /// The blocks whose code runs here: itself, and each `if` in it.
    pub fn with_ifs(self) -> impl Iterator<Item = Self> + 'r {
        let ifs = self.descendants();
        std::iter::once(self).chain(ifs.filter(move |inner| {
            let mut around = self.policy.around(inner.block).take_while(|at| *at != self.block);
            around.all(|at| self.policy.kind(at) == Kind::If)
        }))
    }

    /// Whether the rewrite module has code here, or a directive that the tables do not know may have some.
    #[must_use]
    pub fn has_code(self) -> bool {
        const REWRITE_BY: [Id; 3] =
            [id!("rewrite_by_lua"), id!("rewrite_by_lua_block"), id!("rewrite_by_lua_file")];
        let is_unknown = |one: Directive<'_>| one.known().is_none();
        !self.policy.get(self.block).code().is_empty()
            || !self.list(&REWRITE_BY).directives.is_empty()
            || self.directive().is_some_and(|block| block.children().any(is_unknown))
    }

    /// Whether requests that come here are for files, and nothing else answers them.
    #[must_use]
    pub fn serves_files(self) -> bool {
        self.handler().is_none() && !self.has_code() && self.own(id!("try_files")).is_none()
    }

    /// What makes nginx itself answer 401 here: a login, or a `return` of the block itself.
    #[must_use]
    pub fn refusal(self) -> Option<Directive<'p>> {
        let returned =
            || self.own_all(const { &[id!("return")] }).find(|one| status_of(*one) == Some(401));
        if self.kind() == Kind::If { returned() } else { self.login().or_else(returned) }
    }

    /// The `error_page` of `status` that is in effect.
    #[must_use]
    pub fn error_page(self, status: u16) -> Option<Directive<'p>> {
        const ERROR_PAGE: [Id; 1] = [id!("error_page")];
        let block = self.policy.list_block(self.block, &ERROR_PAGE)?;
        let mut pages = self.policy.get(block).all(&ERROR_PAGE);
        let status = status.to_string();
        pages.find(|page| page.args().any(|word| word.is(status.as_bytes())))
    }

    /// Whether the list of `setter` that is in effect sets `name`; `None` where that is not certain.
    #[must_use]
    pub fn sets(self, setter: Id, name: &[u8]) -> Option<bool> {
        let list = self.list(&[setter]);
        let sets = list.directives.iter().any(|one| {
            one.arg(0).is_some_and(|word| word.is_templated() || word.is_ignoring_case(name))
        });
        (sets || list.open.is_none()).then_some(sets)
    }
}

/// The status of a `return`.
#[must_use]
pub fn status_of(directive: Directive<'_>) -> Option<u16> {
    let code = directive.arg(0)?.known()?;
    std::str::from_utf8(&code).ok()?.parse().ok()
}

/// The path inside of the server that a redirect or page leads to, as far as no variable is part of it.
#[must_use]
pub fn local_path(value: Value<'_>) -> Option<Vec<u8>> {
    let text = value.known()?;
    let mut rest: &[u8] = &text;
    for start in [&b"https://"[..], b"http://", b"$scheme://"] {
        if let Some(behind) = rest.strip_prefix(start) {
            // only the host that was asked for is this one
            let host = [&b"$host"[..], b"$http_host", b"$server_name"];
            rest = host.iter().find_map(|host| behind.strip_prefix(*host))?;
            break;
        }
    }
    let end = rest.iter().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(rest.len());
    let path = &rest[..end];
    let is_literal = variables(path).next().is_none();
    (path.first() == Some(&b'/') && is_literal).then(|| path.to_vec())
}
