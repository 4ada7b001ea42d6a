//! One request on its way through the phases of httpd, in one world.
//!
//! Follows `ap_process_request_internal`. A redirect inside of the server is the next round of the same loop; subrequests,
//! and requests to another virtual host of the same configuration, are runs of their own.

use super::merged::Merged;
use super::policy::{Kind, Policy, SectionId, ServerId};
use crate::config::apache::{Directive, Form, ModuleState};
use crate::grammar::apache::{Id, id};
use crate::policy::answer::{Answer, Forwarded, Handler, Outcome, Step};
use crate::policy::files::{Files, Found};
use crate::policy::request::{Credential, Request};
use crate::policy::text::Text;
use crate::policy::world::{Cause, World};
use crate::source::Location;
use base64::Engine;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::IpAddr;

/// Runs inside of runs: subrequests, and servers that hand requests to each other.
const DEEPEST: u8 = 10;

/// `LimitInternalRecursion`: redirects inside of the server.
const MOST_REDIRECTS: u8 = 10;

const TRACE_ENABLE: Id = id("TraceEnable");

/// What a phase says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Go on.
    Ok,
    /// This status.
    Status(u16),
}

/// What comes next.
#[derive(Clone, Debug)]
pub(super) enum Next {
    /// A status, by way of ErrorDocument.
    Status(u16),
    /// A redirect inside of the server, to this path and query.
    Internal(Vec<u8>),
    /// A handler answers.
    Handler(Handler),
    /// The end.
    Done(Outcome),
}

/// The request as one round of the loop sees it (`request_rec`).
#[derive(Clone, Debug, Default)]
pub(super) struct Hop {
    pub(super) method: Vec<u8>,
    /// The number of the method.
    pub(super) number: u8,
    /// The path, decoded.
    pub(super) uri: Vec<u8>,
    pub(super) args: Option<Vec<u8>>,
    /// The path and the query before they were decoded (`r->unparsed_uri`).
    pub(super) unparsed: Vec<u8>,
    /// The file that the path leads to, as the server names it; `proxy:…` for one that is handed on.
    pub(super) filename: Vec<u8>,
    /// What stands there.
    pub(super) found: Option<Found>,
    /// What is left of the path behind the file.
    pub(super) path_info: Vec<u8>,
    /// The folder of the file, a slash at both ends.
    pub(super) folder: Vec<u8>,
    /// The folder that the walk over folders ended in, and the sections that it found.
    pub(super) walked: Option<(Vec<u8>, Vec<SectionId>)>,
    /// Whether that was taken over from the request that this one comes from.
    pub(super) took_over_walk: bool,
    /// The sections that apply.
    pub(super) merged: Merged,
    /// `subprocess_env`.
    pub(super) env: BTreeMap<Vec<u8>, Text>,
    pub(super) user: Option<Vec<u8>>,
    /// `r->handler`, where a directive sets it.
    pub(super) handler: Option<(Vec<u8>, Option<Location>)>,
    /// What Alias mapped: the folder, and the path of the URL that it stands for (`ap_context_document_root`).
    pub(super) context: Option<(Vec<u8>, Vec<u8>)>,
}

/// A round that led to another one: what applied to it, and who was logged in.
#[derive(Clone, Debug)]
pub(super) struct Before {
    merged: Merged,
    pub(super) user: Option<Vec<u8>>,
    uri: Vec<u8>,
    filename: Vec<u8>,
    pub(super) walked: Option<(Vec<u8>, Vec<SectionId>)>,
}

impl Before {
    pub(super) fn of(hop: &Hop) -> Self {
        Self {
            merged: hop.merged.clone(),
            user: hop.user.clone(),
            uri: hop.uri.clone(),
            filename: hop.filename.clone(),
            walked: hop.walked.clone(),
        }
    }
}

/// Modules that hook into access control in the way of httpd 2.2 (`ap_hook_access_checker`).
const OLD_WAYS: [&str; 5] =
    ["allowmethods_module", "lua_module", "perl_module", "python_module", "evasive20_module"];

/// A request on its way.
// what httpd keeps in bits of `request_rec`
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Run<'r, 'p> {
    pub(super) policy: &'r Policy<'p>,
    pub(super) files: Files<'r>,
    pub(super) request: &'r Request,
    pub(super) world: &'r mut World,
    /// How many runs are around this one.
    pub(super) depth: u8,
    pub(super) server: ServerId,
    pub(super) hop: Hop,
    /// The request that this round comes from.
    pub(super) before: Option<Before>,
    pub(super) is_subrequest: bool,
    /// The section that is asked about, where it is a place and not a request.
    pub(super) standing: Option<SectionId>,
    pub(super) redirects: u8,
    /// The root of documents that can be looked into, as the server names it.
    pub(super) seen: Option<Vec<u8>>,
    /// The status of the error that this round has a page for.
    pub(super) error: Option<u16>,
    /// The first of the errors that led from page to page until here.
    pub(super) first_error: Option<u16>,
    /// The client, as mod_remoteip sees it.
    pub(super) remote: IpAddr,
    pub(super) drops_authorization: bool,
    /// Whether a rule with `[END]` was applied.
    pub(super) has_ended: bool,
    /// Headers of the request that early directives changed: `None` for one that is gone.
    pub(super) headers: Vec<(Vec<u8>, Option<Text>)>,
    pub(super) challenge: Option<String>,
    pub(super) forwarded: Forwarded,
    pub(super) steps: Vec<Step>,
    /// Whether the steps are put into words.
    pub(super) tells: bool,
    pub(super) decided: Option<usize>,
    /// Whether something decides that is not here.
    pub(super) is_open: bool,
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
            server: ServerId::MAIN,
            hop: Hop::default(),
            before: None,
            is_subrequest: false,
            standing: None,
            redirects: 0,
            seen: None,
            error: None,
            first_error: None,
            remote: request.from,
            drops_authorization: false,
            has_ended: false,
            headers: Vec::new(),
            challenge: None,
            forwarded: Forwarded::default(),
            steps: Vec::new(),
            tells: false,
            decided: None,
            is_open: false,
        }
    }

    /// Runs it to its end.
    pub(super) fn run(mut self) -> Answer {
        let mut outcome = self.start();
        if self.is_open {
            outcome = Outcome::Anything;
        }
        if self.decided.is_none() {
            self.decided = self.steps.len().checked_sub(1);
        }
        let challenge = match outcome {
            // it stays where the page of another error asks for a login in vain
            Outcome::Answered(_) => self.challenge,
            _ => None,
        };
        Answer {
            outcome,
            challenge,
            forwarded: self.forwarded,
            steps: self.steps,
            decided: self.decided,
        }
    }

    fn start(&mut self) -> Outcome {
        if self.depth > DEEPEST {
            self.is_open = true;
            return Outcome::Anything;
        }
        if self.policy.site.data.form == Form::Fragment {
            let cause = Cause::new(None, "what is around this file in the server's configuration");
            if self.world.choose(cause.clone(), 2) == 1 {
                self.give_up(cause);
                return Outcome::Anything;
            }
        }
        if self.policy.site.data.form == Form::Htaccess && self.depth == 0 {
            self.step(
                None,
                "assumed",
                "the server reads .htaccess and lets it say everything, has the usual modules, and neither protects nor \
                 forbids the folder itself",
            );
        }
        self.choose_server();
        self.hop.merged = self.server_walk();
        if !self.shakes_hands() {
            return Outcome::Answered(0);
        }
        if self.request.host.as_deref().is_some_and(|host| host.trim_ascii().is_empty()) {
            self.step(None, "request", "an empty Host is refused: 400");
            return self.finish(Next::Status(400));
        }
        self.hop.method.clone_from(&self.request.method);
        self.hop.number = self.policy.methods.number(&self.request.method);
        let (path, args) = split(&self.request.target);
        let (path, args) = (path.to_vec(), args.map(<[u8]>::to_vec));
        self.hop.args = args;
        self.hop.unparsed.clone_from(&self.request.target);
        let next = match super::uri::decode(&path) {
            Ok(uri) => {
                self.hop.uri = uri;
                self.process()
            }
            Err(status) => {
                self.step(None, "request", format_args!("the path is refused: {status}"));
                Next::Status(status)
            }
        };
        self.finish(next)
    }

    /// Goes on until there is an answer.
    fn finish(&mut self, mut next: Next) -> Outcome {
        loop {
            if self.is_open {
                return Outcome::Anything;
            }
            next = match next {
                Next::Status(status) => self.die(status),
                Next::Internal(target) => self.internal_redirect(&target),
                Next::Handler(handler) => Next::Done(self.handled(handler)),
                Next::Done(outcome) => return outcome,
            };
        }
    }

    /// The end with a handler: with the page of an error, that error's status stays unless a program says otherwise.
    fn handled(&mut self, handler: Handler) -> Outcome {
        self.forward_to(handler);
        let Some(status) = self.error else { return Outcome::Passed(handler) };
        if handler == Handler::File {
            return Outcome::Answered(status);
        }
        let cause = Cause::new(None, "whether the program behind ErrorDocument changes the status");
        if self.world.holds(cause) { Outcome::Answered(status) } else { Outcome::Passed(handler) }
    }

    /// `ap_internal_redirect`: a new request with the old headers.
    fn internal_redirect(&mut self, target: &[u8]) -> Next {
        self.redirects += 1;
        if self.error.is_none() {
            self.first_error = None;
        }
        if self.redirects > MOST_REDIRECTS {
            // which may have a page itself; on the way to the page of an error, that error is told
            self.step(None, "request", "more than 10 redirects inside of the server: 500");
            return Next::Status(500);
        }
        let old = std::mem::take(&mut self.hop);
        let (path, args) = split(target);
        let uri = match super::uri::decode(path) {
            Ok(uri) => uri,
            Err(status) => return Next::Status(status),
        };
        let unparsed = target.to_vec();
        self.before = Some(Before::of(&old));
        let renamed =
            old.env.into_iter().map(|(name, value)| ([b"REDIRECT_", &name[..]].concat(), value));
        let status = self.error.unwrap_or(200).to_string().into_bytes();
        let status = (b"REDIRECT_STATUS".to_vec(), Text::from(status));
        self.hop = Hop {
            method: old.method,
            number: old.number,
            uri,
            args: args.map(<[u8]>::to_vec),
            unparsed,
            env: renamed.chain([status]).collect(),
            ..Hop::default()
        };
        let shown = String::from_utf8_lossy(target).into_owned();
        self.step(None, "request", format_args!("goes on inside of the server with {shown}"));
        self.process()
    }

    /// Everything up to the handler.
    pub(super) fn process(&mut self) -> Next {
        let server = self.server_walk();
        self.hop.merged = server.clone();
        if !self.is_subrequest && self.redirects == 0 {
            self.early_headers();
            self.remote_ip();
        }
        if !self.is_subrequest {
            self.set_env_if(true);
        }
        if self.is_open {
            return Next::Done(Outcome::Anything);
        }
        if self.redirects == 0 && self.is_cached() {
            return Next::Done(Outcome::Passed(Handler::File));
        }
        // what a Location says counts for the translation, too
        let mut early = server.clone();
        self.location_walk(&mut early, false);
        self.if_walk(&mut early, false);
        self.hop.merged = early;
        if let Some(next) = self.translate() {
            return next;
        }
        if let Some(next) = self.map_to_storage(server) {
            return next;
        }
        if self.is_open {
            return Next::Done(Outcome::Anything);
        }
        if !self.is_subrequest {
            self.set_env_if(false);
        }
        if let Verdict::Status(status) = self.access() {
            return Next::Status(status);
        }
        self.fixups()
    }

    /// MAP_TO_STORAGE: TRACE, then the sections.
    fn map_to_storage(&mut self, server: Merged) -> Option<Next> {
        // a proxy hands TRACE on
        if self.hop.method == b"TRACE" && !self.hop.filename.starts_with(b"proxy:") {
            let own = self.policy.last(&server, &[TRACE_ENABLE], self.world);
            let off = own.is_some_and(|own| own.directive.says(b"off"));
            let at = own.map(|own| own.directive.location());
            let status = if off { 405 } else { 200 };
            self.step(at, "request", format_args!("TRACE is answered before any login: {status}"));
            return Some(if off { Next::Status(405) } else { Next::Done(Outcome::Answered(200)) });
        }
        let mut merged = server;
        let filename = self.hop.filename.clone();
        if let Some(url) = filename.strip_prefix(b"proxy:") {
            self.proxy_walk(&mut merged, url);
        } else {
            let verdict = self.directory_walk(&mut merged);
            if let Verdict::Status(status) = verdict {
                self.hop.merged = merged;
                return Some(Next::Status(status));
            }
        }
        self.location_walk(&mut merged, true);
        self.hop.merged = merged.clone();
        self.if_walk(&mut merged, true);
        self.hop.merged = merged;
        None
    }

    /// Whether httpd has the identical record of settings for this round as for the one before. Where a module of the old
    /// ways is loaded, every URI has records of its own as soon as a section is about it (`auth_internal_per_conf`).
    pub(super) fn is_same_record(&self, before: &Before) -> bool {
        if before.merged != self.hop.merged {
            return false;
        }
        let policy = self.policy;
        // the walk over conditions inside of conditions loses what the one before it found
        let is_nested = |section| {
            let one = policy.get(section);
            matches!(one.kind, Kind::If | Kind::ElseIf | Kind::Else) && !one.ifs.is_empty()
        };
        if self.hop.merged.sections().any(is_nested) {
            return false;
        }
        if !OLD_WAYS.iter().any(|module| policy.site.module(module) == ModuleState::Loaded) {
            return true;
        }
        self.hop.merged.sections().all(|section| match policy.get(section).kind {
            Kind::Server => true,
            Kind::Directory | Kind::DirectoryMatch | Kind::Htaccess => self.hop.took_over_walk,
            Kind::Files => before.filename == self.hop.filename,
            Kind::Location => before.uri == self.hop.uri,
            Kind::Proxy | Kind::If | Kind::ElseIf | Kind::Else => false,
        })
    }

    /// Notes what happened.
    pub(super) fn step(
        &mut self,
        at: impl Into<Option<Location>>,
        phase: &'static str,
        text: impl Display,
    ) {
        let text = if self.tells { text.to_string() } else { String::new() };
        self.steps.push(Step { at: at.into(), depth: self.depth, phase, text });
    }

    /// Says that what decides is not here: the run ends.
    pub(super) fn give_up(&mut self, cause: Cause) {
        // asked, so that it is among the causes
        let _ = self.world.choose(cause, 1);
        self.is_open = true;
    }

    /// The Authorization header as the client sends it, where it is known.
    pub(super) fn authorization(&self) -> Option<Cow<'_, [u8]>> {
        if self.drops_authorization {
            return None;
        }
        match &self.request.credential {
            Some(Credential::Basic { user, password }) => {
                let text = [user, &b":"[..], password.as_deref().unwrap_or(b"password")].concat();
                let encoded = base64::engine::general_purpose::STANDARD.encode(text);
                Some(Cow::Owned([b"Basic ", encoded.as_bytes()].concat()))
            }
            Some(Credential::Bearer(token)) => Some(Cow::Owned([b"Bearer ", &token[..]].concat())),
            None => self.request.header(b"authorization").map(Cow::Borrowed),
        }
    }

    /// Whether the client comes from the machine itself: `Require local`.
    pub(super) fn is_local(&self) -> bool {
        use crate::policy::request::Destination;
        let same =
            matches!(&self.request.destination, Destination::Address(ip, _) if *ip == self.remote);
        self.remote.is_loopback() || same
    }

    /// The directive `ids` in effect for the place.
    pub(super) fn effective(&mut self, ids: &[Id]) -> Option<Directive<'p>> {
        self.policy.last(&self.hop.merged, ids, self.world).map(|own| own.directive)
    }
}

/// A path and its query.
pub(super) fn split(target: &[u8]) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(b'?', target) {
        Some(at) => (&target[..at], Some(&target[at + 1..])),
        None => (target, None),
    }
}
