//! How a place hands requests on, and what it sends along.

use super::location::Matcher;
use super::place::Place;
use super::policy::{List, Policy, has};
use super::upstream::target;
use crate::config::nginx::Directive;
use crate::grammar::nginx::{Id, id};

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
