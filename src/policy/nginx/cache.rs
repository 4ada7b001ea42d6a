//! `proxy_cache`: instead of another server of this configuration, the cache may answer what that server answered to an
//! earlier request with the same key. `ngx_http_upstream_cache`, `ngx_http_upstream_process_headers`.
//!
//! The earlier request is like this one in what the key tells, and unknown in all else.

use super::run::{Ended, Headers, Run};
use crate::config::nginx::{Directive, Value, variables};
use crate::grammar::nginx::{Id, id};
use crate::policy::answer::Outcome;
use crate::policy::request::Request;
use crate::policy::text::Text;
use crate::policy::world::Cause;
use crate::source::Location;

/// A request that was there before, as far as it is known.
#[derive(Clone, Debug)]
pub(super) struct Earlier {
    /// Where the cache is switched on.
    at: Location,
    /// Headers, in small letters, that it had as this one has them.
    headers: Vec<Vec<u8>>,
    /// Cookies likewise.
    cookies: Vec<Vec<u8>>,
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
    /// The value of a header that is not known; `None` for one that is.
    pub(super) fn header(&self, name: &[u8]) -> Option<Text> {
        let plain = |byte: &u8| if *byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
        let name: Vec<u8> = name.iter().map(plain).collect();
        if name == b"host" || self.headers.contains(&name) {
            return None;
        }
        // what tells cookies apart tells the whole of them apart, as far as anybody looks
        if name == b"cookie" && !self.cookies.is_empty() {
            return None;
        }
        let text = String::from_utf8_lossy(&name);
        Some(self.unknown(&format!("the header {text}")).into())
    }

    /// The value of a cookie that is not known; `None` for one that is.
    pub(super) fn cookie(&self, name: &[u8]) -> Option<Text> {
        let is_known = self.headers.contains(&b"cookie".to_vec())
            || self.cookies.iter().any(|known| known.eq_ignore_ascii_case(name));
        let text = String::from_utf8_lossy(name);
        (!is_known).then(|| self.unknown(&format!("the cookie {text}")).into())
    }

    /// Whether its login is unknown, and what then decides.
    pub(super) fn login(&self) -> Option<Cause> {
        self.header(b"authorization").map(|_| self.unknown("the login"))
    }

    fn unknown(&self, what: &str) -> Cause {
        Cause::new(self.at, format!("{what} of the request whose answer the cache holds"))
    }
}

/// What the key tells of a request.
struct Key {
    /// Variables, in small letters.
    variables: Vec<Vec<u8>>,
}

impl Key {
    fn tells(&self, name: &[u8]) -> bool {
        self.variables.iter().any(|known| known == name)
    }

    /// Whether a text with variables is the same for all requests with this key.
    fn fixes(&self, text: &[u8]) -> bool {
        variables(text).all(|variable| {
            let name = variable.name.to_ascii_lowercase();
            matches!(
                &*name,
                b"proxy_host" | b"proxy_port" | b"server_name" | b"server_port" | b"scheme"
            ) || self.tells(&name)
        })
    }

    fn tells_path(&self) -> bool {
        let any = |names: &[&[u8]]| names.iter().any(|name| self.tells(name));
        any(&[b"request_uri"])
            || any(&[b"uri", b"document_uri"]) && any(&[b"args", b"query_string"])
    }

    fn with(&self, prefix: &[u8]) -> Vec<Vec<u8>> {
        let rest = self.variables.iter().filter_map(|name| name.strip_prefix(prefix));
        rest.filter(|rest| !rest.is_empty()).map(<[u8]>::to_vec).collect()
    }
}

impl<'p> Run<'_, 'p> {
    /// What the cache holds for `request`, which the other server would get with these headers set by `proxy_set_header`.
    pub(super) fn kept(&mut self, request: &Request, has_variables: bool) -> Kept {
        let cache = self.policy.effective(self.conf, id!("proxy_cache")).set();
        let Some(cache) = cache.filter(|cache| cache.arg(0).is_some_and(|zone| !zone.is(b"off")))
        else {
            return Kept::Nothing;
        };
        if !matches!(&*self.method, b"GET" | b"HEAD") || self.is_passed_by() {
            return Kept::Nothing;
        }
        let at = cache.words_location();
        if self.world.choose(Cause::new(at, "what the cache holds"), 2) == 0 {
            return Kept::Nothing;
        }
        let Some(key) = self.key() else { return Kept::Anything };
        let is_path_known = key.tells_path() || self.is_subrequest && !has_variables;
        let set = self.policy.list(self.conf, &[id!("proxy_set_header")]).directives;
        let mut headers = key.with(b"http_");
        for header in &mut headers {
            header.iter_mut().filter(|byte| **byte == b'_').for_each(|byte| *byte = b'-');
        }
        for directive in set {
            let (Some(name), Some(value)) = (directive.arg(0), directive.arg(1)) else { continue };
            let (Some(name), Some(value)) = (name.known(), value.known()) else {
                return Kept::Anything;
            };
            let name = name.to_ascii_lowercase();
            headers.retain(|known| *known != name);
            if key.fixes(&value) {
                headers.push(name);
            } else if name == b"host" && !key.tells(b"host") && !key.tells(b"http_host") {
                return Kept::Anything;
            }
        }
        if !is_path_known {
            return Kept::Anything;
        }
        if self.is_never_kept(|value| value.known().is_some_and(|text| key.fixes(&text))) {
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
        let mut key = Key { variables: names.collect() };
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
                key.variables.push(variable.name.to_ascii_lowercase());
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
