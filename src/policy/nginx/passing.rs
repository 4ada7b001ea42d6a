//! How a place hands requests on, and what it sends along.

use super::block::Block;
use super::location::Matcher;
use super::place::Place;
use super::policy::Policy;
use super::target::target;
use crate::config::nginx::{Directive, variables};
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
pub static MODULES: [Module; 5] = [
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

    /// Whether a line of [`Module::set`] sets the request header `name`, given in small letters and with dashes.
    #[must_use]
    pub fn sets_header(&self, line: Directive<'_>, name: &[u8]) -> bool {
        let Some(word) = line.arg(0) else { return false };
        // most are told by the length of the name
        if (word.word.span.len() as usize) < self.prefix.len() + name.len() {
            return false;
        }
        let Some(text) = word.known() else { return false };
        let Some((prefix, rest)) = text.split_at_checked(self.prefix.len()) else { return false };
        rest.len() == name.len()
            && prefix.eq_ignore_ascii_case(self.prefix)
            && rest.iter().zip(name).all(|(byte, name)| dashed(*byte) == *name)
            && (self.is_application() || !rest.contains(&b'_'))
    }

    /// The request header that a line of [`Module::set`] sets, in small letters and with dashes; `None` for another
    /// parameter.
    #[must_use]
    pub fn header(&self, line: Directive<'_>) -> Option<Vec<u8>> {
        let name = line.arg(0)?.known()?;
        let (prefix, rest) = name.split_at_checked(self.prefix.len())?;
        prefix
            .eq_ignore_ascii_case(self.prefix)
            .then(|| rest.iter().copied().map(dashed).collect())
            .filter(|_| self.is_application() || !rest.contains(&b'_'))
    }
}

/// Whether `id` sets a header or a parameter of what is sent on.
pub(super) fn is_setter(id: Id) -> bool {
    MODULES.iter().any(|module| module.set == id)
}

/// A hash of the name that `parts` are, in which letter case, dashes and underscores make no difference.
pub(super) fn name_hash(parts: &[&[u8]]) -> u32 {
    let bytes = parts.iter().copied().flatten();
    bytes
        .fold(0x811c_9dc5, |hash, &byte| (hash ^ u32::from(dashed(byte))).wrapping_mul(0x0100_0193))
}

/// A letter of a parameter's name as one of the header that it stands for.
fn dashed(byte: u8) -> u8 {
    if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() }
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
    /// Whether a line of some block sets the header or parameter whose name has this hash.
    fn is_set_somewhere(&self, hash: u32) -> bool {
        let names = self.names.get_or_init(|| {
            // of blocks that are written alike and follow each other the first says it for all
            let mut last = std::ptr::null();
            let mut is_new =
                |names: &&[u32]| std::mem::replace(&mut last, names.as_ptr()) != names.as_ptr();
            let each = self.blocks.iter().map(Block::names).filter(&mut is_new);
            let mut names: Vec<u32> = each.flatten().copied().collect();
            names.sort_unstable();
            names.dedup();
            names
        });
        names.binary_search(&hash).is_ok()
    }

    /// The places whose own directive hands requests on, and is certain to.
    pub fn passings(&self) -> impl Iterator<Item = Passing<'_, 'p>> {
        let all = self.passings.get_or_init(|| {
            let passings = self.places().filter_map(Place::passing);
            passings.map(|it| (it.place.block, it.pass, it.module)).collect()
        });
        all.iter().map(|&(block, pass, module)| Passing { place: self.place(block), pass, module })
    }
}

impl<'r, 'p> Place<'r, 'p> {
    /// How it hands requests on, where its own directive does.
    #[must_use]
    pub fn passing(self) -> Option<Passing<'r, 'p>> {
        if !self.policy.has_handler(self.block) {
            return None;
        }
        let (id, pass) = self.policy.get(self.block).handler_id()?;
        let module = MODULES.iter().find(|module| module.pass == id)?;
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

impl<'r, 'p> Passing<'r, 'p> {
    /// The lines that set what is sent along, in order.
    pub fn lines(self) -> impl DoubleEndedIterator<Item = Directive<'p>> + use<'r, 'p> {
        let set = std::slice::from_ref(&self.module.set);
        let block = self.place.policy.list_block(self.place.block, set);
        block.into_iter().flat_map(move |block| self.place.policy.get(block).all(set))
    }

    /// Whether lines may be missing among them.
    #[must_use]
    pub fn is_open(self) -> bool {
        let policy = self.place.policy;
        match policy.list_block(self.place.block, &[self.module.set]) {
            Some(block) => policy.get(block).open.is_some(),
            None => !policy.site.data.complete,
        }
    }

    /// The line that sets the request header `name`, given in small letters and with dashes.
    #[must_use]
    pub fn sets(self, name: &[u8]) -> Option<Directive<'p>> {
        let policy = self.place.policy;
        let hash = name_hash(&[self.module.prefix, name]);
        if !policy.is_set_somewhere(hash) {
            return None;
        }
        let block = policy.list_block(self.place.block, &[self.module.set])?;
        let mut lines = policy.get(block).named(self.module.set, hash);
        lines.find(|line| self.module.sets_header(*line, name))
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

    /// The path that a `proxy_pass` puts in place of the location's own; `None` where it leaves the path alone, or where
    /// that is not known.
    #[must_use]
    pub fn path(self) -> Option<Vec<u8>> {
        let text = self.pass.arg(0)?.known()?;
        if self.module.is_application() || variables(&text).next().is_some() {
            return None;
        }
        target(&text)?.uri
    }

    /// The directive that switches its cache on.
    #[must_use]
    pub fn cache(self) -> Option<(Directive<'p>, CacheDirectives)> {
        let directives = self.module.cache?;
        let zone = self.place.effective(directives.zone).set()?;
        zone.arg(0).is_some_and(|name| !name.is(b"off")).then_some((zone, directives))
    }
}
