//! What the handler gets as Authorization: RequestHeader, CGIPassAuth, and what a gateway of each kind is given.

use super::policy::{Own, words};
use super::run::{Next, Run};
use crate::config::apache::Value;
use crate::grammar::apache::{Id, id};
use crate::policy::answer::{Authorization, Forwarded, Handler, Outcome};
use crate::policy::request::{Credential, Destination, Request, Scheme};
use crate::policy::text::Text;
use crate::policy::world::Cause;
use crate::source::Location;

const REQUEST_HEADER: Id = id("RequestHeader");
const CGI_PASS_AUTH: Id = id("CGIPassAuth");
const WSGI_PASS: Id = id("WSGIPassAuthorization");
const PRESERVE_HOST: Id = id("ProxyPreserveHost");

impl<'p> Run<'_, 'p> {
    /// `RequestHeader … early`, before anything else is looked at.
    pub(super) fn early_headers(&mut self) {
        for own in self.request_headers(true) {
            self.request_header(own);
        }
    }

    /// The RequestHeader lines, early ones or the others.
    fn request_headers(&mut self, early: bool) -> Vec<Own<'p>> {
        let list = self.policy.every(&self.hop.merged, &[REQUEST_HEADER], self.world);
        list.into_iter()
            .filter(|own| {
                let last = own.directive.args().next_back();
                let is_early = last.is_some_and(|word| word.is_ignoring_case(b"early"));
                is_early == early
            })
            .collect()
    }

    /// One RequestHeader: `set`, `unset` and their like.
    fn request_header(&mut self, own: Own<'p>) -> Option<Location> {
        let at = own.directive.location();
        let action = own.directive.arg(0)?.known()?.to_ascii_lowercase();
        let name = own.directive.arg(1)?.known()?;
        let name = name.strip_suffix(b":").unwrap_or(&name).to_vec();
        let condition = own.directive.args().skip(2).find_map(|word| {
            let word = word.known()?;
            (word.starts_with(b"env=") || word.starts_with(b"expr=")).then(|| word.into_owned())
        });
        if let Some(condition) = condition {
            let holds = if let Some(variable) = condition.strip_prefix(b"env=") {
                match variable.strip_prefix(b"!") {
                    Some(variable) => !self.has_variable(variable),
                    None => self.has_variable(variable),
                }
            } else {
                self.expression(&condition[5..], own.directive) == Some(true)
            };
            if !holds {
                return None;
            }
        }
        let value = match &*action {
            b"unset" => None,
            b"set" | b"append" | b"add" | b"merge" => {
                Some(own.directive.arg(2).and_then(Value::known).map_or_else(
                    || Text::from(Cause::new(at, "the value of the header")),
                    |value| {
                        if value.contains(&b'%') {
                            Cause::new(at, "the value of the header").into()
                        } else {
                            value.into_owned().into()
                        }
                    },
                ))
            }
            b"setifempty" if self.header(&name).is_some() => return None,
            _ => Some(Cause::new(at, "the value of the header").into()),
        };
        if name.eq_ignore_ascii_case(b"authorization") {
            self.drops_authorization = true;
            self.step(
                at,
                "headers",
                format_args!("RequestHeader {} Authorization", String::from_utf8_lossy(&action)),
            );
        }
        self.headers.push((name, value));
        Some(at)
    }

    /// What the handler gets.
    pub(super) fn forward(&mut self) {
        let sent = self.sends_authorization();
        let mut set_at = None;
        let mut says = if sent { Authorization::Client } else { Authorization::Absent };
        for own in self.request_headers(false) {
            let is_it = own.directive.arg(1).is_some_and(|word| {
                word.known().is_some_and(|name| {
                    name.strip_suffix(b":").unwrap_or(&name).eq_ignore_ascii_case(b"authorization")
                })
            });
            let done = self.request_header(own);
            if is_it && done.is_some() {
                set_at = done;
                let unset = own.directive.says(b"unset");
                says = match (unset, sent) {
                    (true, true) => Authorization::Dropped,
                    (true, false) => Authorization::Absent,
                    _ => Authorization::Literal,
                };
            }
        }
        let mut sent = self.headers.iter().rev();
        let sent = sent.find(|(name, _)| name.eq_ignore_ascii_case(b"authorization"));
        let text = sent.and_then(|(_, text)| text.as_ref()?.known());
        self.forwarded = Forwarded::set(says, set_at).of_text(text);
    }

    /// Programs behind CGI, FastCGI and their like get no Authorization unless something says so.
    fn gateway(&mut self) {
        if self.forwarded.authorization == Authorization::Absent {
            return;
        }
        let by_variable = self.hop.env.contains_key(&b"HTTP_AUTHORIZATION"[..]);
        let pass = self.effective(&[CGI_PASS_AUTH, WSGI_PASS]);
        let passes = pass.is_some_and(|it| it.says(b"on"));
        if !by_variable && !passes {
            let set_at = pass.map(crate::config::apache::Directive::location);
            self.forwarded = Forwarded::set(Authorization::Dropped, set_at);
        }
    }

    /// What reaches the handler that answers.
    pub(super) fn forward_to(&mut self, handler: Handler) {
        match handler {
            Handler::Cgi | Handler::Fastcgi | Handler::Script => self.gateway(),
            Handler::File | Handler::Module => self.forwarded = Forwarded::default(),
            Handler::Proxy => {}
        }
    }

    /// A request that is handed on to `url`: to another server, or to a virtual host of this configuration.
    pub(super) fn proxied(&mut self, url: &[u8]) -> Next {
        let text = String::from_utf8_lossy(url).into_owned();
        // what stands behind a socket is named after `|`
        let text = text.rsplit('|').next().unwrap_or_default();
        let scheme = text.split(':').next().unwrap_or_default().to_ascii_lowercase();
        match scheme.as_str() {
            "fcgi" | "scgi" => {
                self.step(None, "content", "a FastCGI application answers");
                return Next::Handler(Handler::Fastcgi);
            }
            "uwsgi" | "ajp" | "ws" | "wss" | "balancer" | "unix" => {
                self.step(None, "content", "the server behind answers");
                return Next::Handler(Handler::Proxy);
            }
            _ => {}
        }
        if let Some(next) = self.own_server(text) {
            return next;
        }
        self.step(None, "content", "the server behind answers");
        Next::Handler(Handler::Proxy)
    }

    /// The same configuration may answer on the address that the request is handed on to.
    fn own_server(&mut self, url: &str) -> Option<Next> {
        let mut inner = Request::of_url(url).ok()?;
        let port = inner.destination.port();
        let is_own = match &inner.destination {
            Destination::Address(ip, _) => ip.is_loopback() && self.listens(port),
            _ => false,
        };
        let is_named = url.split('/').nth(2).is_some_and(|host| host.starts_with("localhost"));
        if is_named && self.listens(port) {
            inner.destination = Destination::Address([127, 0, 0, 1].into(), port);
        } else if !is_own {
            return None;
        }
        if inner.scheme == Scheme::Https {
            return None;
        }
        let preserve = self.effective(&[PRESERVE_HOST]);
        if preserve.is_some_and(|it| it.says(b"on")) {
            inner.host.clone_from(&self.request.host);
        }
        inner.method.clone_from(&self.request.method);
        inner.from = [127, 0, 0, 1].into();
        inner.headers = self
            .request
            .headers
            .iter()
            .filter(|(name, _)| {
                !self.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name))
            })
            .cloned()
            .collect();
        for (name, value) in &self.headers {
            if let Some(value) = value {
                inner.headers.push((name.clone(), value.known()?.to_vec()));
            }
        }
        // what proxies in front have said stays in front
        let client = self.request.from.to_string();
        let name = b"X-Forwarded-For";
        let chain = match inner.header(name) {
            Some(before) => [before, b", ", client.as_bytes()].concat(),
            None => client.into_bytes(),
        };
        inner.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        inner.headers.push((name.to_vec(), chain));
        if self.forwarded.authorization == Authorization::Client {
            inner.credential.clone_from(&self.request.credential);
        }
        if let Some(args) = &self.hop.args
            && !inner.target.contains(&b'?')
        {
            inner.target = [&inner.target[..], b"?", args].concat();
        }
        if let Some(Credential::Basic { .. }) = &inner.credential {
            inner.headers.retain(|(name, _)| !name.eq_ignore_ascii_case(b"authorization"));
        }
        self.step(None, "content", format_args!("this configuration answers on port {port}, too"));
        let run = Run::new(self.policy, self.files, &inner, self.world, self.depth + 1);
        let answer = Run { tells: self.tells, ..run }.run();
        let first = self.steps.len();
        self.steps.extend(answer.steps);
        self.challenge = answer.challenge;
        Some(match answer.outcome {
            Outcome::Anything => {
                self.is_open = true;
                Next::Done(Outcome::Anything)
            }
            Outcome::Answered(status) => {
                self.decided = answer.decided.map(|at| first + at);
                // an error of the server behind is passed on as it is
                Next::Done(Outcome::Answered(self.error.unwrap_or(status)))
            }
            passed @ Outcome::Passed(_) => {
                self.forwarded = answer.forwarded;
                match self.error {
                    Some(status) => Next::Done(Outcome::Answered(status)),
                    None => Next::Done(passed),
                }
            }
        })
    }

    /// Whether the configuration has a Listen for the port.
    fn listens(&mut self, port: u16) -> bool {
        let policy = self.policy;
        let defaults = policy.servers[0].defaults;
        policy.get(defaults).all(&[const { id("Listen") }]).any(|own| {
            let word = words(own.directive).and_then(|words| words.into_iter().next());
            word.is_some_and(|word| {
                let text = String::from_utf8_lossy(&word);
                text.rsplit(':').next().and_then(|text| text.parse::<u16>().ok()) == Some(port)
            })
        })
    }
}
