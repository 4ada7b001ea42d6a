//! What is handed on: to another server of the same configuration, which is followed, or to one that is not here; and
//! subrequests. `ngx_http_proxy_create_request`, `ngx_http_subrequest`.

use super::cache::Kept;
use super::conditions::{CONDITIONS, Validators};
use super::run::{Ended, Headers, Next, Run};
use super::target::{Target, target};
use super::uri::{escape, is_method};
use crate::config::nginx::{Directive, Value, variables};
use crate::grammar::nginx::id;
use crate::policy::answer::{Answer, Authorization, Forwarded, Handler, Outcome};
use crate::policy::request::{Destination, Request};
use crate::policy::text::Text;
use crate::policy::world::Cause;
use crate::source::Location;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Headers of a request.
type SentHeaders = Vec<(Vec<u8>, Vec<u8>)>;

impl<'p> Run<'_, 'p> {
    /// A subrequest for `uri`, as `auth_request` makes it: a GET without a query, whose access control is passed over.
    pub(super) fn subrequest(&mut self, uri: &[u8]) -> Ended {
        let mut inner = Run::new(self.policy, self.files, self.request, self.world, self.depth + 1);
        inner.is_subrequest = true;
        inner.is_internal = true;
        inner.is_unparsed = false;
        inner.host.clone_from(&self.host);
        inner.server = self.server;
        inner.default_server = self.default_server;
        inner.conf = self.server;
        inner.method = b"GET".to_vec();
        inner.main_method = self.main_method.clone().or_else(|| Some(self.method.clone()));
        inner.uri = uri.into();
        inner.remote = self.remote;
        inner.realip_done = self.realip_done;
        inner.is_body_dropped = self.is_body_dropped;
        inner.earlier.clone_from(&self.earlier);
        // variables are those of the main request, captures are its own
        inner.variables = std::mem::take(&mut self.variables);
        let next = if inner.depth > 12 {
            inner.give_up();
            Next::Done(Outcome::Anything)
        } else {
            Next::ServerRewrite
        };
        let ended = inner.finish(next);
        let (variables, upstream) = (std::mem::take(&mut inner.variables), inner.upstream.take());
        // the address is one of the connection
        (self.remote, self.realip_done) = (inner.remote, inner.realip_done);
        self.variables = variables;
        self.upstream = upstream.or_else(|| {
            // an answer of nginx's own comes from no upstream
            matches!(ended.answer.outcome, Outcome::Answered(_)).then(Vec::new)
        });
        self.steps.extend(ended.answer.steps.iter().cloned());
        ended
    }

    /// `proxy_pass` and `grpc_pass`.
    pub(super) fn proxy(&mut self, directive: Directive<'p>) -> Next {
        let at = directive.words_location();
        let Some(value) = directive.arg(0) else { return Next::Status(500) };
        self.forwarded = self.sent_authorization("proxy_set_header", "proxy_pass_request_headers");
        let url = self.value(value);
        let target = url.known().and_then(target);
        let Some(target) = target else {
            self.step(at, "content", handed_on(directive, value));
            return self.passed(Handler::Proxy);
        };
        if let Some(destination) = self.own_server(&target) {
            return self.follow(directive, value, &target, destination);
        }
        self.step(at, "content", handed_on(directive, value));
        // what `try_files /` leaves of the URI in a subrequest
        let is_empty = target.uri.is_none() && !self.is_unparsed && self.uri.known() == Some(b"");
        // what a variable brings is sent as it is; that it is refused counts for who asks, and where there is a page for it
        let is_odd = has_blanks(target.uri.as_deref().unwrap_or_default())
            || self.upstream_method().is_some_and(|method| !is_method(&method));
        let is_refused = is_odd
            && (self.is_subrequest
                || self.flag(self.conf, id!("proxy_intercept_errors"), false)
                    && self.has_error_page(400))
            && !self.world.holds(Cause::new(at, "whether the handler takes such a request line"));
        if is_empty || is_refused {
            self.step(at, "content", "the request line that it gets is not valid: 400");
            let answer = Answer {
                outcome: Outcome::Answered(400),
                challenge: None,
                forwarded: self.forwarded,
                steps: Vec::new(),
                decided: None,
            };
            return self.relay(Ended { answer, headers: Vec::new() });
        }
        self.compares_what_is_kept();
        self.passed(Handler::Proxy)
    }

    /// Conditions of the client are not handed on where the answer may be kept: they are compared here.
    fn compares_what_is_kept(&mut self) {
        self.validators = match self.cache() {
            Some(_) => Validators::File,
            None => Validators::Elsewhere,
        };
    }

    /// `fastcgi_pass`, `uwsgi_pass` and `scgi_pass`.
    pub(super) fn application(&mut self, directive: Directive<'p>) -> Next {
        let (params, pass) = match &*directive.name() {
            "fastcgi_pass" => ("fastcgi_param", "fastcgi_pass_request_headers"),
            "uwsgi_pass" => ("uwsgi_param", "uwsgi_pass_request_headers"),
            _ => ("scgi_param", "scgi_pass_request_headers"),
        };
        self.forwarded = self.sent_authorization(params, pass);
        let Some(value) = directive.arg(0) else { return Next::Status(500) };
        self.step(directive.words_location(), "content", handed_on(directive, value));
        self.passed(Handler::Fastcgi)
    }

    /// What becomes of the client's Authorization: `setter` sets headers or parameters, `pass` says whether the client's
    /// are sent at all.
    fn sent_authorization(&mut self, setter: &str, pass: &str) -> Forwarded {
        let lookup =
            |name: &str| crate::grammar::nginx::lookup(name.as_bytes()).map(|known| known.id);
        let client = self.header(b"authorization");
        let is_sent = !client.is_empty(self.world);
        let header: &[u8] =
            if setter.ends_with("_header") { b"authorization" } else { b"http_authorization" };
        let list = lookup(setter)
            .map(|id| self.policy.list(self.conf, &[id]).directives)
            .unwrap_or_default();
        let mut sent = None;
        for set in list {
            if !set.arg(0).is_some_and(|name| name.is_ignoring_case(header)) {
                continue;
            }
            let value = set.arg(1).map(|value| self.value(value)).unwrap_or_default();
            let authorization = match value.known() {
                Some(b"") if is_sent => Authorization::Dropped,
                Some(b"") => Authorization::Absent,
                _ if value == client => Authorization::Client,
                Some(_) => Authorization::Literal,
                None => Authorization::Unknown,
            };
            let set_at = Some(set.words_location());
            sent = Some(Forwarded::set(authorization, set_at).of_text(value.known()));
            // what is empty is not sent; of several others each one is
            if !matches!(authorization, Authorization::Dropped | Authorization::Absent) {
                break;
            }
        }
        if let Some(sent) = sent {
            return sent;
        }
        if !is_sent {
            return Forwarded::default();
        }
        let passes = lookup(pass).is_none_or(|id| self.flag(self.conf, id, true));
        if passes {
            return Forwarded::set(Authorization::Client, None);
        }
        let off = lookup(pass).and_then(|id| self.policy.effective(self.conf, id).set());
        Forwarded::set(Authorization::Dropped, off.map(Directive::words_location))
    }

    /// Sends the request to another server of this configuration, and takes its answer.
    fn follow(
        &mut self,
        directive: Directive<'p>,
        url: Value<'p>,
        target: &Target,
        destination: Destination,
    ) -> Next {
        let at = directive.words_location();
        let has_variables = url.known().is_some_and(|text| variables(&text).next().is_some());
        self.step(
            at,
            "content",
            format!(
                "{} hands it on to {}, a server of this configuration",
                directive.name(),
                String::from_utf8_lossy(&target.authority)
            ),
        );
        // what it is sent is unknown where this request is
        let earlier = self.earlier.as_ref().map(|_| ());
        let (Some(path), Some((hosts, mut headers)), Some(method), None) = (
            self.upstream_uri(target, has_variables),
            self.upstream_headers(target),
            self.upstream_method(),
            earlier,
        ) else {
            self.world.choose(Cause::new(at, "what the other server is sent"), 1);
            self.give_up();
            return Next::Done(Outcome::Anything);
        };
        if self.is_subrequest && announces_body(&headers) {
            let cause = Cause::new(at, "whether the service waits for a body that does not come");
            if self.world.choose(cause, 2) == 1 {
                self.step(at, "content", "the service waits for a body that does not come: 504");
                return Next::Status(504);
            }
        }
        let Some(bound) = self.bound_address() else {
            self.world.choose(Cause::new(at, "the address that proxy_bind names"), 1);
            self.give_up();
            return Next::Done(Outcome::Anything);
        };
        let from = match &destination {
            Destination::Address(address, _) => match bound {
                Some(bound) => bound,
                None if !address.is_loopback() => *address,
                None if address.is_ipv6() => Ipv6Addr::LOCALHOST.into(),
                None => Ipv4Addr::LOCALHOST.into(),
            },
            _ => Ipv4Addr::LOCALHOST.into(),
        };
        let mut hosts = hosts.into_iter();
        let host = hosts.next();
        headers.extend(hosts.map(|host| (b"host".to_vec(), host)));
        let request = Request {
            method,
            scheme: target.scheme,
            destination,
            host,
            target: path,
            headers,
            credential: None,
            from,
        };
        let ended = match self.kept(&request, url) {
            Kept::Nothing => {
                Run::new(self.policy, self.files, &request, self.world, self.depth + 1).run()
            }
            Kept::Answer(ended) => {
                self.step(at, "content", "the cache holds the answer to an earlier request");
                ended
            }
            Kept::Anything => {
                self.step(at, "content", "the answer comes from the cache");
                self.give_up();
                return Next::Done(Outcome::Anything);
            }
        };
        let decided = ended.answer.decided.map(|step| step + self.steps.len());
        self.steps.extend(ended.answer.steps.iter().cloned());
        let next = self.relay(ended);
        if matches!(next, Next::Done(_)) && self.err_status.is_none() {
            self.decided = decided;
        }
        next
    }

    /// The address that `proxy_bind` says requests are sent from, if it says any; `None` outside where that is not known.
    #[allow(clippy::option_option)]
    fn bound_address(&mut self) -> Option<Option<IpAddr>> {
        let Some(bind) = self.policy.effective(self.conf, id!("proxy_bind")).set() else {
            return Some(None);
        };
        let Some(value) = bind.arg(0) else { return Some(None) };
        let text = self.value(value);
        let text = std::str::from_utf8(text.known()?).ok()?;
        // an empty value and `off` leave it to the system
        if matches!(text, "" | "off") {
            return Some(None);
        }
        let address =
            text.parse().ok().or_else(|| Some(text.parse::<std::net::SocketAddr>().ok()?.ip()));
        address.map(Some)
    }

    /// Makes the answer of another server the answer of this one.
    fn relay(&mut self, ended: Ended) -> Next {
        let hidden = self.policy.list(self.conf, &[id!("proxy_hide_header")]).directives;
        let is_hidden = |name: &[u8]| {
            hidden.iter().any(|hide| hide.arg(0).is_some_and(|hide| hide.is_ignoring_case(name)))
        };
        let outcome = match ended.answer.outcome {
            // a connection that is closed without an answer
            Outcome::Answered(0) => {
                self.step(None, "content", "the other server closes the connection: 502");
                return Next::Status(502);
            }
            outcome => outcome,
        };
        if self.overflows(&ended.headers) {
            self.step(None, "content", "the answer's headers are larger than the buffer: 502");
            return Next::Status(502);
        }
        self.upstream = Some(ended.headers.clone());
        let kept = ended.headers.iter().filter(|(name, _)| !is_hidden(name));
        let kept: Headers = kept.cloned().collect();
        if let Outcome::Answered(status @ 300..) = outcome
            && self.flag(self.conf, id!("proxy_intercept_errors"), false)
            && self.has_error_page(status)
        {
            if status == 401 {
                // the challenge goes along
                let lines =
                    ended.headers.into_iter().filter(|(name, _)| name == b"www-authenticate");
                self.challenge(lines.map(|(_, value)| value));
            }
            return Next::Status(status);
        }
        if let Some((_, to)) = ended.headers.iter().find(|(name, _)| name == b"x-accel-redirect") {
            let to = to.clone();
            let at = self.root_or_self();
            self.step(None, "content", format!("X-Accel-Redirect leads to {}", to.shown()));
            if to.prefix().first() == Some(&b'@')
                && let Some(name) = to.known()
            {
                return self.jump_to(name, at);
            }
            if self.method != b"HEAD" {
                self.method = b"GET".to_vec();
            }
            return self.redirect_to(&to, at);
        }
        self.compares_what_is_kept();
        match outcome {
            Outcome::Answered(status) => {
                self.response = kept;
                self.answered(status)
            }
            Outcome::Passed(handler) => {
                if matches!(handler, Handler::Proxy | Handler::Fastcgi) {
                    self.hand_further(ended.answer.forwarded);
                }
                self.response = kept;
                self.passed(handler)
            }
            Outcome::Anything => {
                self.give_up();
                Next::Done(Outcome::Anything)
            }
        }
    }

    /// Whether the headers alone, as far as they are known, do not fit into a `proxy_buffer_size` that is written down.
    fn overflows(&self, headers: &Headers) -> bool {
        let limit = self.policy.effective(self.conf, id!("proxy_buffer_size")).set();
        let limit = limit.and_then(|limit| super::run::size(&limit.arg(0)?.known()?));
        let lengths = headers
            .iter()
            .map(|(name, value)| name.len() + value.known().map_or(0, <[u8]>::len) + 4);
        limit.is_some_and(|limit| lengths.sum::<usize>() as u64 > limit)
    }

    /// What the handler behind another server gets of what this one hands on.
    fn hand_further(&mut self, behind: Forwarded) {
        let authorization = match behind.authorization {
            Authorization::Client | Authorization::Absent => return,
            Authorization::Dropped if self.header(b"authorization").is_empty(self.world) => {
                Authorization::Absent
            }
            other => other,
        };
        self.forwarded = Forwarded { authorization, ..behind };
    }

    fn root_or_self(&self) -> Location {
        let block = self.policy.get(self.conf).directive;
        block.map_or(
            Location::new(self.policy.site.data.main, crate::source::Span::default()),
            Directive::words_location,
        )
    }

    fn has_error_page(&self, status: u16) -> bool {
        let list = self.policy.list(self.conf, &[id!("error_page")]);
        list.directives.iter().any(|page| {
            page.args().any(|word| {
                word.known().is_some_and(|word| *word == *status.to_string().as_bytes())
            })
        })
    }

    /// The request line's target for an upstream.
    fn upstream_uri(&self, target: &Target, has_variables: bool) -> Option<Vec<u8>> {
        let with_args = |mut uri: Vec<u8>| -> Option<Vec<u8>> {
            let args = self.args.known()?;
            if !args.is_empty() {
                uri.push(b'?');
                uri.extend_from_slice(args);
            }
            Some(uri)
        };
        match &target.uri {
            // what is evaluated is all that is sent
            Some(uri) if has_variables => Some(uri.clone()),
            None if self.is_unparsed => Some(self.request.target.clone()),
            None => with_args(escape(self.uri.known()?)),
            Some(prefix) => {
                let uri = self.uri.known()?;
                // what was rewritten and stayed is sent as it is
                if !self.is_location_valid {
                    return with_args(escape(uri));
                }
                let location = self.policy.around(self.conf).find_map(|at| {
                    self.policy.get(at).matcher.as_ref().and_then(super::location::Matcher::path)
                });
                let rest = location.map_or(uri, |path| uri.get(path.len()..).unwrap_or_default());
                with_args([&prefix[..], &escape(rest)].concat())
            }
        }
    }

    /// The method that is sent.
    fn upstream_method(&mut self) -> Option<Vec<u8>> {
        // what is kept is the answer to a GET: `ngx_http_upstream_cache`
        if self.cache().is_some()
            && self.method == b"HEAD"
            && self.flag(self.conf, id!("proxy_cache_convert_head"), true)
        {
            return Some(b"GET".to_vec());
        }
        match self.policy.effective(self.conf, id!("proxy_method")).set() {
            None => Some(self.method.clone()),
            Some(directive) => {
                let method = self.value(directive.arg(0)?).known()?.to_vec();
                let text = format!("is sent as {}", String::from_utf8_lossy(&method));
                self.step(directive.words_location(), "content", text);
                Some(method)
            }
        }
    }

    /// The Host lines and the further headers for an upstream; `None` where they are not known.
    fn upstream_headers(&mut self, target: &Target) -> Option<(Vec<Vec<u8>>, SentHeaders)> {
        let set = self.policy.list(self.conf, &[id!("proxy_set_header")]).directives;
        self.variables.insert(b"proxy_host".to_vec(), target.host_header().into());
        let mut hosts = Vec::new();
        let mut sets_host = false;
        let mut names: Vec<Vec<u8>> = vec![b"host".to_vec(), b"connection".to_vec()];
        if self.cache().is_some() {
            names.extend(CONDITIONS.map(<[u8]>::to_vec));
        }
        let mut headers = Vec::new();
        for directive in set {
            let (Some(name), Some(value)) = (directive.arg(0), directive.arg(1)) else { continue };
            let name = name.known()?.to_ascii_lowercase();
            let value = self.value(value);
            let known = match value.known() {
                Some(known) => known.to_vec(),
                // what is not known of other headers hardly decides anything; of these it does
                None if matches!(&*name, b"host" | b"authorization" | b"cookie") => return None,
                None => value.shown().into_owned().into_bytes(),
            };
            if name == b"host" {
                sets_host = true;
                if !known.is_empty() {
                    hosts.push(known);
                }
            } else if !known.is_empty() {
                headers.push((name.clone(), known));
            }
            names.push(name);
        }
        if self.flag(self.conf, id!("proxy_pass_request_headers"), true) {
            let keeps_underscores = self.keeps_underscores();
            let mut client: Vec<(Vec<u8>, Text)> = self
                .request
                .headers
                .iter()
                .filter(|(name, _)| keeps_underscores || !name.contains(&b'_'))
                .map(|(name, value)| (name.clone(), Text::from(value.as_slice())))
                .collect();
            client.extend(self.credential().map(|value| (b"authorization".to_vec(), value)));
            for (name, value) in client {
                if !names.iter().any(|set| set.eq_ignore_ascii_case(&name)) {
                    headers.push((name, value.known()?.to_vec()));
                }
            }
        }
        // the length goes with the body: what was thrown away of it is not counted any more
        let length: &[u8] = b"content-length";
        if !names.iter().any(|name| name == length)
            && let Some(value) = self.request.header(length)
        {
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case(length));
            let is_gone = self.is_body_dropped
                && value.iter().any(|&byte| byte != b'0')
                && self
                    .world
                    .holds(Cause::new(None, "whether the body comes with the head of the request"));
            headers.push((length.to_vec(), if is_gone { b"0".to_vec() } else { value.to_vec() }));
        }
        if !sets_host {
            hosts.push(target.host_header());
        }
        Some((hosts, headers))
    }
}

/// Whether there is what ends a path in a request line.
pub(super) fn has_blanks(path: &[u8]) -> bool {
    path.iter().any(|&byte| byte <= b' ' || byte == 0x7f)
}

fn handed_on(directive: Directive<'_>, value: Value<'_>) -> String {
    format!("{} hands it on to {}", directive.name(), value.shown())
}

/// Whether the headers say that a body follows, which a subrequest does not have.
fn announces_body(headers: &[(Vec<u8>, Vec<u8>)]) -> bool {
    headers.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case(b"content-length") && value.iter().any(|byte| *byte != b'0')
    })
}
