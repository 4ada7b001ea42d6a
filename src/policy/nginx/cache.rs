//! `proxy_cache`: instead of another server of this configuration, the cache may answer what that server answered to an
//! earlier request with the same key. `ngx_http_upstream_cache`, `ngx_http_upstream_process_headers`.
//!
//! The earlier request is like this one in what the key tells, and unknown in all else.

use super::conditions::CONDITIONS;
use super::policy::Policy;
use super::run::{Ended, Headers, Run};
use crate::config::nginx::{Directive, Value, variables};
use crate::grammar::nginx::{Id, id};
use crate::policy::answer::Outcome;
use crate::policy::request::Request;
use crate::policy::text::{Text, question};
use crate::policy::world::{Cause, World};
use crate::source::Location;
use std::collections::HashMap;

/// A request that was there before, as far as it is known.
#[derive(Clone, Debug)]
pub(super) struct Earlier {
    /// Where the cache is switched on.
    at: Location,
    /// Headers, in small letters, of which something is known.
    headers: Vec<(Vec<u8>, Like)>,
    /// Cookies likewise.
    cookies: Vec<(Vec<u8>, Like)>,
}

/// What is known of a value in all the requests whose answer the cache may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Like {
    /// It is the same as in this one.
    Same,
    /// It is empty or 0, as it is in this one: with anything else the cache is passed by.
    Blank,
}

/// A value of the earlier request that is not just that of this one.
pub(super) enum Open {
    /// Anything.
    Anything(Cause),
    /// Empty, or 0 where this is so.
    Zero(Cause),
}

/// What the cache may hold.
pub(super) enum Kept {
    /// Nothing: the other server is asked.
    Nothing,
    /// This answer.
    Answer(Ended),
    /// Something that cannot be told.
    Anything,
}

impl Earlier {
    /// The value of a header; `None` for one that is the same as here.
    pub(super) fn header(&self, name: &[u8]) -> Option<Open> {
        let name = header_name(name);
        if name == b"host" || CONDITIONS.contains(&&*name) {
            return None;
        }
        let text = String::from_utf8_lossy(&name);
        self.open(find(&self.headers, &name), &format!("the header {text}"))
    }

    /// The value of a cookie; `None` for one that is the same as here.
    pub(super) fn cookie(&self, name: &[u8]) -> Option<Open> {
        // where the header is blank, so is each cookie in it, here and there
        let is_known = find(&self.headers, b"cookie").is_some();
        let like = if is_known { Some(Like::Same) } else { find(&self.cookies, name) };
        self.open(like, &format!("the cookie {}", String::from_utf8_lossy(name)))
    }

    /// Whether its login is unknown, and what then decides.
    pub(super) fn login(&self) -> Option<Cause> {
        let is_known = find(&self.headers, b"authorization").is_some();
        (!is_known).then(|| self.cause("the login"))
    }

    fn open(&self, like: Option<Like>, what: &str) -> Option<Open> {
        match like {
            None => Some(Open::Anything(self.cause(what))),
            Some(Like::Same) => None,
            Some(Like::Blank) => {
                Some(Open::Zero(question(&self.cause(what), "is 0 and not empty")))
            }
        }
    }

    fn cause(&self, what: &str) -> Cause {
        Cause::new(self.at, format!("{what} of the request whose answer the cache holds"))
    }
}

impl Open {
    /// The value in this world.
    pub(super) fn text(self, world: &mut World) -> Text {
        match self {
            Self::Anything(cause) => cause.into(),
            Self::Zero(cause) if world.holds_or(cause.clone(), false) => b"0"[..].into(),
            Self::Zero(_) => Text::EMPTY,
        }
    }
}

/// A header's name as configurations spell it, from a variable or a request.
fn header_name(name: &[u8]) -> Vec<u8> {
    let plain = |byte: &u8| if *byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
    name.iter().map(plain).collect()
}

fn find(all: &[(Vec<u8>, Like)], name: &[u8]) -> Option<Like> {
    let found = all.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, like)| *like)
}

/// What the key tells of a request.
struct Key {
    /// Variables, in small letters.
    variables: Vec<(Vec<u8>, Like)>,
}

impl Key {
    fn tells(&self, name: &[u8]) -> bool {
        find(&self.variables, name) == Some(Like::Same)
    }

    /// What a text with variables is for all requests with this key.
    fn like(&self, text: &[u8]) -> Option<Like> {
        let mut likes = variables(text).map(|variable| {
            let name = variable.name.to_ascii_lowercase();
            let like =
                find(&self.variables, &name).or_else(|| self.is_fixed(&name).then_some(Like::Same));
            // something around it makes more of what is blank than the key tells
            like.filter(|like| *like == Like::Same || variable.range == (0..text.len()))
        });
        likes.try_fold(Like::Same, |all, like| if like? == Like::Same { Some(all) } else { like })
    }

    fn is_fixed(&self, name: &[u8]) -> bool {
        const OF_THE_PLACE: [&[u8]; 5] =
            [b"proxy_host", b"proxy_port", b"server_name", b"server_port", b"scheme"];
        const OF_THE_PATH: [&[u8]; 5] =
            [b"uri", b"document_uri", b"args", b"query_string", b"is_args"];
        OF_THE_PLACE.contains(&name)
            || self.tells_path() && (OF_THE_PATH.contains(&name) || name.starts_with(b"arg_"))
    }

    fn tells_path(&self) -> bool {
        let any = |names: &[&[u8]]| names.iter().any(|name| self.tells(name));
        any(&[b"request_uri"])
            || any(&[b"uri", b"document_uri"]) && any(&[b"args", b"query_string"])
    }

    fn with(&self, prefix: &[u8]) -> Vec<(Vec<u8>, Like)> {
        let rest = self
            .variables
            .iter()
            .filter_map(|(name, like)| Some((name.strip_prefix(prefix)?, *like)));
        rest.filter(|(rest, _)| !rest.is_empty())
            .map(|(rest, like)| (rest.to_vec(), like))
            .collect()
    }
}

impl Policy<'_> {
    /// How many places hand on requests with each cache.
    fn cached_places(&self) -> &HashMap<Vec<u8>, usize> {
        self.caches.get_or_init(|| {
            let mut caches = HashMap::new();
            for passing in self.passings() {
                let zone = self.effective(passing.place.block, id!("proxy_cache")).set();
                if let Some(zone) = zone.and_then(|cache| cache.arg(0)?.known()) {
                    *caches.entry(zone.into_owned()).or_default() += 1;
                }
            }
            caches
        })
    }
}

impl<'p> Run<'_, 'p> {
    /// The `proxy_cache` that the answer to this request may come from and go to.
    pub(super) fn cache(&self) -> Option<Directive<'p>> {
        let cache = self.policy.effective(self.conf, id!("proxy_cache")).set();
        let is_on = |cache: &Directive<'p>| cache.arg(0).is_some_and(|zone| !zone.is(b"off"));
        cache.filter(is_on).filter(|_| matches!(&*self.method, b"GET" | b"HEAD"))
    }

    /// What the cache holds for `request`, which `url` hands on with these headers set by `proxy_set_header`.
    pub(super) fn kept(&mut self, request: &Request, url: Value<'p>) -> Kept {
        let Some(cache) = self.cache() else { return Kept::Nothing };
        if self.is_passed_by() {
            return Kept::Nothing;
        }
        let at = cache.words_location();
        if self.world.choose(Cause::new(at, "what the cache holds"), 2) == 0 {
            return Kept::Nothing;
        }
        let Some(key) = self.key() else { return Kept::Anything };
        let url = url.known().unwrap_or_default();
        let is_path_known = match variables(&url).next() {
            Some(_) => key.like(&url) == Some(Like::Same),
            // what the client wrote is handed on, though `try_files` made another `$uri` of it
            None if self.is_unparsed && self.policy.own(self.conf, id!("try_files")).is_some() => {
                key.tells(b"request_uri")
            }
            None => key.tells_path() || self.is_subrequest,
        };
        // other places may have asked for what this key stands for
        let zone = cache.arg(0).and_then(Value::known).unwrap_or_default();
        if !is_path_known
            || self.policy.cached_places().get(&*zone).is_none_or(|&places| places > 1)
        {
            return Kept::Anything;
        }
        let set = self.policy.list(self.conf, &[id!("proxy_set_header")]).directives;
        let mut headers = key.with(b"http_");
        for (header, _) in &mut headers {
            *header = header_name(header);
        }
        for directive in set {
            let (Some(name), Some(value)) = (directive.arg(0), directive.arg(1)) else { continue };
            let (Some(name), Some(value)) = (name.known(), value.known()) else {
                return Kept::Anything;
            };
            let name = name.to_ascii_lowercase();
            headers.retain(|(known, _)| *known != name);
            match key.like(&value) {
                Some(like) => headers.push((name, like)),
                None if name == b"host" => return Kept::Anything,
                None => {}
            }
        }
        if self.is_never_kept(|value| value.known().is_some_and(|text| key.like(&text).is_some())) {
            return Kept::Nothing;
        }
        let earlier = Earlier { at, headers, cookies: key.with(b"cookie_") };
        let mut inner = Run::new(self.policy, self.files, request, self.world, self.depth + 1);
        inner.earlier = Some(earlier);
        let ended = inner.run();
        match ended.answer.outcome {
            Outcome::Anything => Kept::Anything,
            Outcome::Answered(status) if !self.is_worth_keeping(status, &ended.headers) => {
                Kept::Nothing
            }
            Outcome::Passed(_) if !self.is_worth_keeping(200, &ended.headers) => Kept::Nothing,
            _ => Kept::Answer(ended),
        }
    }

    /// What the key tells; `None` where it is not known itself.
    fn key(&mut self) -> Option<Key> {
        let key = self.policy.effective(self.conf, id!("proxy_cache_key")).set();
        let text = match key.and_then(|key| key.arg(0)) {
            Some(key) => key.known()?.into_owned(),
            None => b"$scheme$proxy_host$request_uri".to_vec(),
        };
        let names = variables(&text).map(|variable| variable.name.to_ascii_lowercase());
        let mut key = Key { variables: names.map(|name| (name, Like::Same)).collect() };
        // whoever has one of these is neither answered from the cache nor kept in it
        let kept = self.conditions(id!("proxy_no_cache"));
        let is_kept_from = |value: &Value<'p>| kept.iter().any(|no| no.raw() == value.raw());
        for value in
            self.conditions(id!("proxy_cache_bypass")).iter().filter(|value| is_kept_from(value))
        {
            let text = value.known()?;
            if let Some(variable) =
                variables(&text).next().filter(|variable| variable.range == (0..text.len()))
            {
                key.variables.push((variable.name.to_ascii_lowercase(), Like::Blank));
            }
        }
        Some(key)
    }

    fn conditions(&self, id: Id) -> Vec<Value<'p>> {
        let list = self.policy.list(self.conf, &[id]).directives;
        list.into_iter().flat_map(Directive::args).collect()
    }

    /// Whether this request passes the cache by, or none is ever kept.
    fn is_passed_by(&mut self) -> bool {
        for value in self.conditions(id!("proxy_cache_bypass")) {
            if self.is_given(value) {
                let text = format!("{} passes the cache by", value.shown());
                self.step(value.location(), "content", text);
                return true;
            }
        }
        let is_constant =
            |value: &Value<'p>| value.known().is_some_and(|text| variables(&text).next().is_none());
        self.is_never_kept(is_constant)
    }

    /// Whether one of the conditions of `proxy_no_cache` that are the same for all these requests is given.
    fn is_never_kept(&mut self, is_same: impl Fn(&Value<'p>) -> bool) -> bool {
        let conditions = self.conditions(id!("proxy_no_cache"));
        conditions.into_iter().filter(is_same).any(|value| self.is_given(value))
    }

    /// Whether a value is neither empty nor 0: `ngx_http_test_predicates`.
    fn is_given(&mut self, value: Value<'p>) -> bool {
        let text = self.value(value);
        !text.is_empty(self.world) && !text.is(b"0", self.world)
    }

    /// Whether the cache may keep an answer: what its headers say first, then `proxy_cache_valid`.
    fn is_worth_keeping(&self, status: u16, headers: &Headers) -> bool {
        let ignored = self.conditions(id!("proxy_ignore_headers"));
        let heeded = |name: &str| {
            let is_ignored =
                ignored.iter().any(|ignored| ignored.is_ignoring_case(name.as_bytes()));
            let mut values =
                headers.iter().filter(move |(known, _)| !is_ignored && **known == *name.as_bytes());
            values.next().map(|(_, value)| value.known().unwrap_or_default().to_ascii_lowercase())
        };
        if heeded("set-cookie").is_some() || heeded("vary").is_some_and(|vary| vary == b"*") {
            return false;
        }
        if let Some(control) = heeded("cache-control") {
            let has = |word: &[u8]| memchr::memmem::find(&control, word).is_some();
            if has(b"no-cache") || has(b"no-store") || has(b"private") || has(b"max-age=0") {
                return false;
            }
            if has(b"max-age=") || has(b"s-maxage=") {
                return true;
            }
        }
        if let Some(seconds) = heeded("x-accel-expires") {
            return seconds != b"0";
        }
        if heeded("expires").is_some() {
            return true;
        }
        let valid = self.policy.list(self.conf, &[id!("proxy_cache_valid")]).directives;
        let status = status.to_string();
        valid.into_iter().any(|valid| {
            let mut words: Vec<_> = valid.args().collect();
            words.pop();
            match &*words {
                [] => matches!(&*status, "200" | "301" | "302"),
                words => words.iter().any(|word| word.is(b"any") || word.is(status.as_bytes())),
            }
        })
    }
}
