//! One request on its way through the phases of nginx, in one world.
//!
//! Follows `ngx_http_core_run_phases`: what a phase decides is the next thing to do, so that redirects inside of the server
//! need no recursion. Only subrequests and requests to another server of the same configuration are runs of their own.

use super::block::{BlockId, Kind};
use super::cache::Earlier;
use super::conditions::Validators;
use super::policy::Policy;
use crate::config::nginx::{Directive, Value};
use crate::grammar::nginx::{Id, id};
use crate::policy::answer::{Answer, Forwarded, Handler, Outcome, Step};
use crate::policy::files::Files;
use crate::policy::regex::Captures;
use crate::policy::request::{Destination, Request};
use crate::policy::text::{Text, question};
use crate::policy::world::{Cause, World};
use crate::source::Location;
use std::collections::HashMap;
use std::net::IpAddr;

/// `NGX_HTTP_MAX_URI_CHANGES` and one.
const URI_CHANGES: u8 = 11;

/// Runs inside of runs: subrequests, and servers that hand requests to each other.
pub(super) const DEEPEST: u8 = 12;

/// What comes next.
#[derive(Clone, Debug)]
pub(super) enum Next {
    /// The rewrite code of the server.
    ServerRewrite,
    /// The choice of a location.
    FindConfig,
    /// The rewrite code of the location.
    Rewrite,
    /// Access control.
    Access,
    /// `try_files`.
    Precontent,
    /// The handler.
    Content,
    /// The answer of a status, by way of `error_page`.
    Status(u16),
    /// The end.
    Done(Outcome),
}

/// A request on its way.
// what nginx keeps in bits of `ngx_http_request_t`
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Run<'r, 'p> {
    pub(super) policy: &'r Policy<'p>,
    pub(super) files: Files<'r>,
    pub(super) request: &'r Request,
    pub(super) world: &'r mut World,
    /// How many runs are around this one.
    pub(super) depth: u8,
    /// What is known of it, where it stands for one that was there before.
    pub(super) earlier: Option<Earlier>,
    /// Whether it is a subrequest: access control is passed over.
    pub(super) is_subrequest: bool,

    pub(super) host: Option<Vec<u8>>,
    pub(super) server: BlockId,
    /// The server's own default: what holds before the name is known.
    pub(super) default_server: BlockId,
    /// Whose settings hold: a location, the `if` or `limit_except` of one, or the server.
    pub(super) conf: BlockId,
    /// Who answers: the handler of the location, or of an `if` whose settings came to hold.
    pub(super) content_handler: Option<(Directive<'p>, Handler)>,
    pub(super) method: Vec<u8>,
    /// In a subrequest, the method of the main request.
    pub(super) main_method: Option<Vec<u8>>,
    pub(super) uri: Text,
    pub(super) args: Text,
    pub(super) is_internal: bool,
    /// Whether what the client sent is what is handed on: nothing has rewritten it.
    pub(super) is_unparsed: bool,
    /// Whether the location's name is what the URI begins with: a `rewrite … break` ends that.
    pub(super) is_location_valid: bool,
    /// Whether `try_files` found a file behind the `alias` of a location with a pattern.
    pub(super) adds_uri_to_alias: bool,
    /// Whether the root, behind which `try_files` found an empty URI, ends in a slash: nginx takes it for the URI's own.
    pub(super) has_slash_before: bool,
    pub(super) uri_changes: u8,
    pub(super) uri_changed: bool,
    /// The status that `error_page` decided on.
    pub(super) err_status: Option<u16>,
    pub(super) in_error_page: bool,
    /// The refusal that `satisfy any` keeps while other checks may still let the request in, with the step that explains
    /// it. Only the end of the access phase forgets it: an error page in between does not.
    pub(super) refused: Option<(u16, Option<usize>)>,
    /// Whether the body was refused for its size: that is not looked at again.
    pub(super) is_body_dropped: bool,
    /// The client's address; `None` at the other end of a UNIX socket.
    pub(super) remote: Option<IpAddr>,
    pub(super) realip_done: bool,
    pub(super) captures: Captures,
    /// Variables that code has set, and maps that were asked, by name.
    pub(super) variables: HashMap<Vec<u8>, Text>,
    /// The headers of the last answer that came from another server of this configuration.
    pub(super) upstream: Option<Headers>,
    pub(super) evaluating: u8,

    /// `WWW-Authenticate` lines that access control set.
    pub(super) challenges: Vec<Text>,
    /// Where those begin that were set last.
    pub(super) last_challenge: Option<usize>,
    /// Headers of the answer that a handler brought.
    pub(super) response: Vec<(Vec<u8>, Text)>,
    pub(super) forwarded: Forwarded,
    pub(super) steps: Vec<Step>,
    /// The step that decided on the status; `None` for the last one.
    pub(super) decided: Option<usize>,
    /// The step that decides on the status that comes next; `None` for the last one.
    pub(super) because: Option<usize>,
    /// Whether something decides that is not here.
    pub(super) is_open: bool,
    /// What conditions of the request are compared with.
    pub(super) validators: Validators,
}

/// Headers of an answer.
pub(super) type Headers = Vec<(Vec<u8>, Text)>;

/// What a run ended with.
pub(super) struct Ended {
    pub(super) answer: Answer,
    /// The headers of the answer, as far as the configuration says them.
    pub(super) headers: Headers,
}

impl<'r, 'p> Run<'r, 'p> {
    /// A run for `request`, before anything is known of it.
    pub(super) fn new(
        policy: &'r Policy<'p>,
        files: Files<'r>,
        request: &'r Request,
        world: &'r mut World,
        depth: u8,
    ) -> Self {
        Self {
            policy,
            files: files.of_main(policy.site.data.main),
            request,
            world,
            depth,
            earlier: None,
            is_subrequest: false,
            host: None,
            server: BlockId(0),
            default_server: BlockId(0),
            conf: BlockId(0),
            content_handler: None,
            method: request.method.clone(),
            main_method: None,
            uri: Text::EMPTY,
            args: Text::EMPTY,
            is_internal: false,
            is_unparsed: true,
            is_location_valid: true,
            adds_uri_to_alias: false,
            has_slash_before: false,
            uri_changes: URI_CHANGES,
            uri_changed: false,
            err_status: None,
            in_error_page: false,
            refused: None,
            is_body_dropped: false,
            remote: match request.destination {
                Destination::Unix(_) => None,
                _ => Some(request.from),
            },
            realip_done: false,
            captures: Captures::default(),
            variables: HashMap::new(),
            upstream: None,
            evaluating: 0,
            challenges: Vec::new(),
            last_challenge: None,
            response: Vec::new(),
            forwarded: Forwarded::default(),
            steps: Vec::new(),
            decided: None,
            because: None,
            is_open: false,
            validators: Validators::Elsewhere,
        }
    }

    /// Runs it to its end.
    pub(super) fn run(mut self) -> Ended {
        let next = self.start();
        self.finish(next)
    }

    /// Chooses the server, and asks it for `uri` on behalf of the request, as `auth_request` does.
    pub(super) fn ask(mut self, uri: &[u8]) -> Ended {
        match self.start() {
            Next::ServerRewrite => self.subrequest(uri),
            next => self.finish(next),
        }
    }

    /// Runs it from `next` to its end.
    pub(super) fn finish(&mut self, mut next: Next) -> Ended {
        let outcome = loop {
            next = match next {
                Next::ServerRewrite => self.server_rewrite(),
                Next::FindConfig => self.find_config(),
                Next::Rewrite => self.location_rewrite(),
                Next::Access => self.access(),
                Next::Precontent => self.try_files(),
                Next::Content => self.content(),
                Next::Status(status) => self.special_response(status),
                Next::Done(outcome) => match self.conditional_status(outcome) {
                    None => break outcome,
                    Some(status @ (206 | 304)) => break Outcome::Answered(status),
                    Some(status) => Next::Status(status),
                },
            };
            if self.is_open {
                break Outcome::Anything;
            }
        };
        self.ended(outcome)
    }

    fn ended(&mut self, outcome: Outcome) -> Ended {
        let mut headers = std::mem::take(&mut self.response);
        let mut challenge = None;
        let status = match outcome {
            // a connection that is closed has no headers
            Outcome::Answered(0) | Outcome::Anything => None,
            Outcome::Answered(status) => Some(status),
            Outcome::Passed(_) => Some(200),
        };
        if let Some(status) = status {
            // those of access control were there before a handler answered
            let challenges = std::mem::take(&mut self.challenges);
            let challenges =
                challenges.into_iter().map(|value| (b"www-authenticate".to_vec(), value));
            headers.splice(0..0, challenges);
            // the filter that adds headers passes subrequests by
            if !self.is_subrequest {
                headers.extend(self.added_headers(status));
            }
        }
        if let Outcome::Answered(_) = outcome {
            challenge = headers.iter().find(|(name, _)| name == b"www-authenticate");
        }
        let challenge = challenge.map(|(_, value)| value.shown().into_owned());
        let steps = std::mem::take(&mut self.steps);
        let decided = self.decided.or_else(|| steps.len().checked_sub(1));
        let answer = Answer { outcome, challenge, forwarded: self.forwarded, steps, decided };
        Ended { answer, headers }
    }

    /// FIND_CONFIG: the location of the URI.
    fn find_config(&mut self) -> Next {
        use super::location::Search;
        self.uri_changed = false;
        let search = self.find_location(self.server, 0);
        if self.is_open {
            return Next::Done(Outcome::Anything);
        }
        let (location, slash) = match search {
            Search::Found(location) | Search::Prefix(location) => (location, false),
            Search::Slash(location) => (location, true),
            Search::Declined => (self.server, false),
        };
        self.enter(location);
        let directive = self.policy.get(location).directive;
        let uri = self.uri.shown();
        let text = if location == self.server {
            format!("no location takes {uri}: the server's own settings hold")
        } else {
            format!("`{}` takes {uri}", directive.map(Directive::title).unwrap_or_default())
        };
        self.step(directive.map(Directive::words_location), "location", text);
        if !self.is_internal && self.flag(location, id!("internal"), false) {
            let at = self.policy.effective(location, id!("internal")).set();
            self.step(
                at.map(Directive::words_location),
                "location",
                "this location is only for requests from inside: 404",
            );
            return Next::Status(404);
        }
        self.limit_except();
        self.content_handler = None;
        self.take_handler();
        if !self.is_body_dropped && self.is_too_large() {
            self.is_body_dropped = !self.is_subrequest;
            let limit = self.policy.effective(self.conf, id!("client_max_body_size"));
            let at = limit.set().map(Directive::words_location);
            self.step(at, "location", "the body is larger than client_max_body_size: 413");
            return Next::Status(413);
        }
        if slash {
            let at = self.policy.get(location).directive.map(Directive::words_location);
            self.step(
                at,
                "location",
                "the location's name ends in a slash: redirects there with 301, before access control",
            );
            return Next::Status(301);
        }
        Next::Rewrite
    }

    /// Takes on the settings of `conf`.
    pub(super) fn enter(&mut self, conf: BlockId) {
        self.conf = conf;
    }

    /// Where the method is not among those of the location's `limit_except`, the settings of that block hold.
    pub(super) fn limit_except(&mut self) {
        let blocks = &self.policy.get(self.conf).blocks;
        let limit = blocks.iter().find(|inner| self.policy.get(**inner).kind == Kind::LimitExcept);
        let Some(&limit) = limit else { return };
        let Some(directive) = self.policy.get(limit).directive else { return };
        let method = &self.method;
        let is_listed = directive.args().any(|listed| {
            // GET stands for HEAD as well
            listed.is_ignoring_case(method)
                || (method == b"HEAD" && listed.is_ignoring_case(b"GET"))
        });
        if !is_listed {
            let text = format!(
                "{} is not among the methods of limit_except",
                String::from_utf8_lossy(method)
            );
            self.step(Some(directive.words_location()), "location", text);
            self.enter(limit);
        }
    }

    /// `client_max_body_size` against the length that the client announces.
    fn is_too_large(&self) -> bool {
        let length = self.request.header(b"content-length");
        let length =
            length.and_then(|text| std::str::from_utf8(text).ok()?.trim().parse::<u64>().ok());
        let Some(length) = length else { return false };
        let limit = self.policy.effective(self.conf, id!("client_max_body_size")).set();
        let limit = match limit.and_then(|limit| limit.arg(0)) {
            Some(value) => match value.known().as_deref().and_then(size) {
                Some(size) => size,
                None => return false,
            },
            None => 1 << 20,
        };
        limit > 0 && length > limit
    }

    /// The value of an `on`/`off` directive in `block`.
    pub(super) fn flag(&mut self, block: BlockId, id: Id, default: bool) -> bool {
        use super::policy::Effective;
        match self.policy.effective(block, id) {
            Effective::Set(directive, _) => {
                match directive.arg(0).map(|value| (value, value.known())) {
                    Some((_, Some(text))) => text.eq_ignore_ascii_case(b"on"),
                    Some((value, None)) => {
                        let cause = Cause::new(value.location(), "what a template puts here");
                        self.world.choose(question(&cause, "is on"), 2)
                            == usize::from(default) as u8
                    }
                    // `internal` has no argument
                    None => true,
                }
            }
            // that an include or the surroundings say otherwise is a world of its own
            Effective::Unset | Effective::Unknown(_) => default,
        }
    }

    /// Adds `WWW-Authenticate` lines of one answer.
    pub(super) fn challenge(&mut self, lines: impl IntoIterator<Item = Text>) {
        let before = self.challenges.len();
        self.challenges.extend(lines);
        if self.challenges.len() > before {
            self.last_challenge = Some(before);
        }
    }

    /// Notes what happened.
    pub(super) fn step(
        &mut self,
        at: impl Into<Option<Location>>,
        phase: &'static str,
        text: impl Into<String>,
    ) {
        let (at, text) = (at.into(), text.into());
        self.steps.push(Step { at, depth: self.depth, phase, text });
    }

    /// The step that was noted last.
    pub(super) fn last_step(&self) -> Option<usize> {
        self.steps.len().checked_sub(1)
    }

    /// Says that what decides is not here: the run ends.
    pub(super) fn give_up(&mut self) {
        self.is_open = true;
    }

    /// Whether the pattern matches, in this world; sets captures when it does.
    pub(super) fn matches(
        &mut self,
        pattern: &[u8],
        ignore_case: bool,
        subject: &Text,
        at: Option<Directive<'p>>,
    ) -> bool {
        let regex = self.policy.regexes.get(pattern, ignore_case);
        let found = subject.known().and_then(|subject| regex.captures(subject));
        match found {
            Some(Some(captures)) => {
                for (name, value) in &captures.named {
                    self.variables
                        .insert(name.to_ascii_lowercase().into_bytes(), value.clone().into());
                }
                self.captures = captures;
                true
            }
            Some(None) => false,
            None => {
                let text = format!(
                    "whether `{}` matches `{}`",
                    String::from_utf8_lossy(pattern),
                    subject.shown()
                );
                let cause = Cause::new(at.map(Directive::words_location), text);
                self.world.choose(cause, 2) == 1
            }
        }
    }

    /// Whether the target's nginx is older than `version`; `None` where nobody said.
    pub(super) fn target_is_before(&self, version: (u16, u16, u16)) -> Option<bool> {
        self.policy.site.target().nginx.map(|target| target < version)
    }

    /// Whether the target's nginx is `version` or newer; where nobody said, there is a world for each, told in `text`.
    pub(super) fn is_since(&mut self, version: (u16, u16, u16), text: &str) -> bool {
        if let Some(is_before) = self.target_is_before(version) {
            return !is_before;
        }
        let (major, minor, patch) = version;
        let text = format!("nginx's version: {text} since {major}.{minor}.{patch}");
        self.world.holds(Cause::new(None, text))
    }

    /// The words of a value in the configuration, with its variables filled in.
    pub(super) fn value(&mut self, value: Value<'p>) -> Text {
        match value.known() {
            Some(text) => self.fill_in(&text, value.location()),
            None => Cause::new(value.location(), "what a template puts here").into(),
        }
    }

    /// The end with `status`, or with the one that `error_page` decided on.
    pub(super) fn answered(&mut self, status: u16) -> Next {
        if self.err_status.is_none() {
            self.decided = None;
        }
        Next::Done(Outcome::Answered(self.err_status.unwrap_or(status)))
    }

    /// What the handler answers to a request from an error page, where that is an error which is intercepted in its turn:
    /// the status that `error_page` decided on is lost then. `ngx_http_upstream_intercept_errors`.
    fn intercepted(&mut self, handler: Handler) -> Option<Outcome> {
        // of the main request a handler is taken to answer without one, as it is elsewhere
        if !self.is_subrequest {
            return None;
        }
        let names = match handler {
            Handler::Proxy => ["proxy_intercept_errors", "grpc_intercept_errors"],
            Handler::Fastcgi => ["fastcgi_intercept_errors", "uwsgi_intercept_errors"],
            _ => return None,
        };
        let ids = names.map(|name| Some(crate::grammar::nginx::lookup(name.as_bytes())?.id));
        let on = ids.into_iter().flatten().find(|id| self.flag(self.conf, *id, false))?;
        if self.policy.list(self.conf, &[id!("error_page")]).directives.is_empty() {
            return None;
        }
        let at = self.policy.effective(self.conf, on).set().map(Directive::words_location);
        let cause =
            Cause::new(at, "whether the handler answers with an error, which is intercepted");
        // a subrequest asks for these only
        match self.world.choose_usual(cause, 2, 3) {
            0 => None,
            1 => Some(Outcome::Answered(401)),
            _ => Some(Outcome::Answered(403)),
        }
    }

    /// The end with a handler: `error_page` may have decided on the status all the same.
    pub(super) fn passed(&mut self, handler: Handler) -> Next {
        if let Some(status) = self.err_status {
            return Next::Done(self.intercepted(handler).unwrap_or(Outcome::Answered(status)));
        }
        self.decided = None;
        Next::Done(Outcome::Passed(handler))
    }
}

/// `ngx_parse_size`: digits with k, m or g behind them.
#[must_use]
pub fn size(text: &[u8]) -> Option<u64> {
    let (digits, unit) = match text.split_last()? {
        (b'k' | b'K', digits) => (digits, 10),
        (b'm' | b'M', digits) => (digits, 20),
        (b'g' | b'G', digits) => (digits, 30),
        _ => (text, 0),
    };
    let number: u64 = std::str::from_utf8(digits).ok()?.parse().ok()?;
    number.checked_mul(1 << unit)
}
