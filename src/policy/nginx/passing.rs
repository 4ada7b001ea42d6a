//! How a place hands requests on, what it sends along, and which servers of the same configuration get them.

use super::listen::Address;
use super::location::Matcher;
use super::place::{Basic, Place};
use super::policy::{BlockId, Kind, List, Policy, has};
use super::upstream::{destination, target};
use crate::config::nginx::{Directive, Value, variables};
use crate::grammar::nginx::{Id, id};
use crate::policy::request::Destination;
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

/// The directives of a module that hands requests on.
#[derive(Debug)]
pub struct Module {
    /// Who answers: `proxy_pass`.
    pub pass: Id,
    /// Sets a request header or a parameter: `proxy_set_header`.
    pub set: Id,
    /// Its name.
    pub setter: &'static str,
    /// How the name of a parameter begins that stands for a request header.
    pub prefix: &'static [u8],
    /// Whether the client's headers are sent at all: `proxy_pass_request_headers`.
    pub client_headers: Option<Id>,
    /// Keeps a header of the answer: `proxy_hide_header`.
    pub hide: Id,
    /// The directives of its cache.
    pub cache: Option<CacheDirectives>,
}

/// The directives of a module's cache.
#[derive(Clone, Copy, Debug)]
pub struct CacheDirectives {
    /// The zone, or `off`.
    pub zone: Id,
    /// What answers are found by.
    pub key: Id,
    /// Which answers are kept, and how long.
    pub valid: Id,
    /// When the cache is passed over.
    pub bypass: Id,
    /// When an answer is not kept.
    pub no_cache: Id,
    /// The headers of answers that are ignored.
    pub ignore: Id,
}

macro_rules! cache {
    ($zone:literal, $key:literal, $valid:literal, $bypass:literal, $no_cache:literal, $ignore:literal) => {
        Some(CacheDirectives {
            zone: id!($zone),
            key: id!($key),
            valid: id!($valid),
            bypass: id!($bypass),
            no_cache: id!($no_cache),
            ignore: id!($ignore),
        })
    };
}

/// The modules that hand requests on.
pub(super) static MODULES: [Module; 5] = [
    Module {
        pass: id!("proxy_pass"),
        set: id!("proxy_set_header"),
        setter: "proxy_set_header",
        prefix: b"",
        client_headers: Some(id!("proxy_pass_request_headers")),
        hide: id!("proxy_hide_header"),
        cache: cache!(
            "proxy_cache",
            "proxy_cache_key",
            "proxy_cache_valid",
            "proxy_cache_bypass",
            "proxy_no_cache",
            "proxy_ignore_headers"
        ),
    },
    Module {
        pass: id!("grpc_pass"),
        set: id!("grpc_set_header"),
        setter: "grpc_set_header",
        prefix: b"",
        client_headers: None,
        hide: id!("grpc_hide_header"),
        cache: None,
    },
    Module {
        pass: id!("fastcgi_pass"),
        set: id!("fastcgi_param"),
        setter: "fastcgi_param",
        prefix: b"HTTP_",
        client_headers: Some(id!("fastcgi_pass_request_headers")),
        hide: id!("fastcgi_hide_header"),
        cache: cache!(
            "fastcgi_cache",
            "fastcgi_cache_key",
            "fastcgi_cache_valid",
            "fastcgi_cache_bypass",
            "fastcgi_no_cache",
            "fastcgi_ignore_headers"
        ),
    },
    Module {
        pass: id!("uwsgi_pass"),
        set: id!("uwsgi_param"),
        setter: "uwsgi_param",
        prefix: b"HTTP_",
        client_headers: Some(id!("uwsgi_pass_request_headers")),
        hide: id!("uwsgi_hide_header"),
        cache: cache!(
            "uwsgi_cache",
            "uwsgi_cache_key",
            "uwsgi_cache_valid",
            "uwsgi_cache_bypass",
            "uwsgi_no_cache",
            "uwsgi_ignore_headers"
        ),
    },
    Module {
        pass: id!("scgi_pass"),
        set: id!("scgi_param"),
        setter: "scgi_param",
        prefix: b"HTTP_",
        client_headers: Some(id!("scgi_pass_request_headers")),
        hide: id!("scgi_hide_header"),
        cache: cache!(
            "scgi_cache",
            "scgi_cache_key",
            "scgi_cache_valid",
            "scgi_cache_bypass",
            "scgi_no_cache",
            "scgi_ignore_headers"
        ),
    },
];

impl Module {
    /// Whether it speaks to an application by parameters, not to another HTTP server.
    #[must_use]
    pub fn is_application(&self) -> bool {
        !self.prefix.is_empty()
    }

    /// The request header that a line of [`Module::set`] sets, in small letters and with dashes; `None` for another
    /// parameter.
    #[must_use]
    pub fn header(&self, line: Directive<'_>) -> Option<Vec<u8>> {
        let name = line.arg(0)?.known()?;
        let (prefix, rest) = name.split_at_checked(self.prefix.len())?;
        let dashed = |byte: &u8| if *byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
        prefix
            .eq_ignore_ascii_case(self.prefix)
            .then(|| rest.iter().map(dashed).collect())
            .filter(|_| self.is_application() || !rest.contains(&b'_'))
    }
}

/// A place that hands requests on.
#[derive(Clone, Copy, Debug)]
pub struct Passing<'r, 'p> {
    /// The place.
    pub place: Place<'r, 'p>,
    /// The directive that does: `proxy_pass`.
    pub pass: Directive<'p>,
    /// Its module.
    pub module: &'static Module,
}

impl<'p> Policy<'p> {
    /// The places whose own directive hands requests on, and is certain to.
    pub fn passings(&self) -> impl Iterator<Item = Passing<'_, 'p>> {
        self.places().filter_map(Place::passing)
    }
}

impl<'r, 'p> Place<'r, 'p> {
    /// How it hands requests on, where its own directive does.
    #[must_use]
    pub fn passing(self) -> Option<Passing<'r, 'p>> {
        let pass = self.handler()?;
        let module = MODULES.iter().find(|module| has(pass, &[module.pass]))?;
        pass.is_certainly_here().then_some(Passing { place: self, pass, module })
    }

    /// Whether only subrequests and redirects of nginx's own come here.
    #[must_use]
    pub fn is_internal(self) -> bool {
        let matcher = self.policy.get(self.block).matcher.as_ref();
        self.own(id!("internal")).is_some() || matches!(matcher, Some(Matcher::Named(_)))
    }

    /// Whether it is the location of an `auth_request`.
    #[must_use]
    pub fn is_auth_location(self) -> bool {
        self.matched_path().is_some_and(|path| self.policy.auth_uris().contains(path))
    }

    /// Whether its pattern names the ends or the folder of files that are the same for everybody.
    #[must_use]
    pub fn is_for_static_files(self) -> bool {
        const WORDS: [&str; 10] =
            ["png", "jpe?g", "jpg", "gif", "css", "ico", "woff", "svg", "static", "assets"];
        let text = match self.policy.get(self.block).matcher.as_ref() {
            Some(Matcher::Regex { pattern, .. }) => pattern,
            Some(Matcher::Prefix { path, .. } | Matcher::Exact(path)) => path,
            _ => return false,
        };
        let text = String::from_utf8_lossy(text).to_ascii_lowercase();
        WORDS.iter().any(|word| text.contains(word))
    }

    /// The path of an exact or prefix location.
    #[must_use]
    pub fn matched_path(self) -> Option<&'r [u8]> {
        self.policy.get(self.block).matcher.as_ref()?.path()
    }
}

impl<'p> Passing<'_, 'p> {
    /// The lines that set what is sent along.
    #[must_use]
    pub fn lines(self) -> List<'p> {
        self.place.list(&[self.module.set])
    }

    /// The line that sets the request header `name`, given in small letters and with dashes.
    #[must_use]
    pub fn sets(self, name: &[u8]) -> Option<Directive<'p>> {
        let policy = self.place.policy;
        let block = policy.list_block(self.place.block, &[self.module.set])?;
        let set = [self.module.set];
        let mut lines = policy.get(block).all(&set).rev();
        lines.find(|line| {
            // most are told by the length of the name
            let first = line.arg(0).map_or(0, |value| value.word.span.len() as usize);
            first >= name.len() && self.module.header(*line).is_some_and(|it| it == name)
        })
    }

    /// Where it leads, as it is written: host and port, a socket, a variable.
    #[must_use]
    pub fn authority(self) -> Option<Vec<u8>> {
        let text = self.pass.arg(0)?.known()?;
        if self.module.is_application() {
            return Some(text.into_owned());
        }
        match target(&text) {
            Some(target) => Some(target.authority),
            None => Some(text.into_owned()),
        }
    }

    /// The directive that switches its cache on.
    #[must_use]
    pub fn cache(self) -> Option<(Directive<'p>, CacheDirectives)> {
        let directives = self.module.cache?;
        let zone = self.place.effective(directives.zone).set()?;
        zone.arg(0).is_some_and(|name| !name.is(b"off")).then_some((zone, directives))
    }
}

/// What a client proves itself with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Proof {
    /// The Authorization header.
    Authorization,
    /// A cookie.
    Cookie,
}

/// The name of what is behind, the directive that hands requests on to it, and what is asked for.
type Named = (Id, Vec<u8>, Proof);

/// The servers of a configuration as those see them that hand requests on to them.
#[derive(Debug)]
pub struct Neighbours<'r, 'p> {
    policy: &'r Policy<'p>,
    asked: RefCell<HashMap<(BlockId, Proof), Option<Directive<'p>>>>,
    /// The same of all servers behind what a directive names.
    asked_behind: RefCell<HashMap<Named, Option<Directive<'p>>>>,
}

impl<'r, 'p> Neighbours<'r, 'p> {
    /// Those of `policy`.
    #[must_use]
    pub fn new(policy: &'r Policy<'p>) -> Self {
        Self { policy, asked: RefCell::default(), asked_behind: RefCell::default() }
    }

    /// The servers that listen where `passing` leads, each once; none where that is not known or not here.
    #[must_use]
    pub fn behind(&self, passing: Passing<'_, 'p>) -> Vec<Place<'r, 'p>> {
        if passing.module.is_application() {
            return Vec::new();
        }
        let text = passing.pass.arg(0).and_then(Value::known);
        let Some(target) = text.as_deref().and_then(target) else { return Vec::new() };
        let mut destinations = Vec::new();
        if let Some(upstream) = self.policy.upstreams.get(&target.authority) {
            let servers = upstream.children().filter(|line| line.is("server"));
            for name in servers.filter_map(|server| server.arg(0)?.known()) {
                destinations.extend(destination(&name, 80));
            }
        } else {
            destinations.extend(destination(&target.authority, target.scheme.port()));
        }
        let mut servers = Vec::new();
        let mut seen = HashSet::new();
        let sockets = self.policy.sockets();
        let reached = destinations.into_iter().filter_map(|one| match one {
            Destination::Unix(path) => sockets.at(&Address::Unix(path)),
            Destination::Address(ip, port) if ip.is_loopback() => sockets.reached(ip, port),
            Destination::Address(ip, port) => sockets.at(&Address::Ip(ip, port)),
            Destination::Port(_) => None,
        });
        for &server in reached.flat_map(|socket| &socket.servers) {
            if seen.insert(server) {
                servers.push(self.policy.place(server));
            }
        }
        servers
    }

    /// Where a server behind `passing` asks for this proof.
    #[must_use]
    pub fn asked_behind(&self, passing: Passing<'_, 'p>, proof: Proof) -> Option<Directive<'p>> {
        let named = passing.pass.arg(0)?.known()?;
        let key = (passing.module.pass, named.into_owned(), proof);
        if let Some(known) = self.asked_behind.borrow().get(&key) {
            return *known;
        }
        let found = self.behind(passing).into_iter().find_map(|server| self.asks(server, proof));
        self.asked_behind.borrow_mut().insert(key, found);
        found
    }

    /// Where `server` asks for this proof: a login, or a look at the header.
    #[must_use]
    pub fn asks(&self, server: Place<'r, 'p>, proof: Proof) -> Option<Directive<'p>> {
        if let Some(known) = self.asked.borrow().get(&(server.block, proof)) {
            return *known;
        }
        let places = std::iter::once(server).chain(server.descendants());
        let found = places.into_iter().find_map(|place| self.asks_here(place, proof));
        self.asked.borrow_mut().insert((server.block, proof), found);
        found
    }

    fn asks_here(&self, place: Place<'r, 'p>, proof: Proof) -> Option<Directive<'p>> {
        let login = match (place.basic(), proof) {
            (Basic::On(realm, _), Proof::Authorization) => Some(realm),
            (_, Proof::Authorization) => place.other_login(),
            (_, Proof::Cookie) => None,
        };
        let looks = |one: Directive<'p>| {
            let mut values = one.args();
            values.any(|value| value.known().is_some_and(|text| self.reads(&text, proof)))
        };
        let head = || place.directive().filter(|head| place.kind() == Kind::If && looks(*head));
        let set = || place.own_all(const { &[id!("set")] }).find(|one| looks(*one));
        login.or_else(head).or_else(set)
    }

    /// Whether a value holds a variable that tells of the proof, or that a `map` makes of one.
    fn reads(&self, text: &[u8], proof: Proof) -> bool {
        let tells = |name: &[u8]| match proof {
            Proof::Authorization => name == b"http_authorization" || name == b"remote_user",
            Proof::Cookie => name == b"http_cookie" || name.starts_with(b"cookie_"),
        };
        variables(text).any(|variable| {
            let name = variable.name.to_ascii_lowercase();
            let source = self.policy.maps.get(&name).and_then(|map| map.arg(0)?.known());
            tells(&name)
                || source.is_some_and(|source| {
                    variables(&source).any(|one| tells(&one.name.to_ascii_lowercase()))
                })
        })
    }
}
