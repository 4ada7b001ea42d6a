//! From the connection to the first phase: the server, the request line, and what nginx checks before any block has a say.
//! Follows `ngx_http_process_request_line`, `ngx_http_process_request_header` and `ngx_http_process_request`.

use super::block::BlockId;
use super::policy::{elsewhere, has};
use super::run::{DEEPEST, Next, Run};
use super::server::{Chosen, normalised_host, speaks};
use super::uri;
use crate::config::nginx::Directive;
use crate::grammar::nginx::id;
use crate::policy::answer::Outcome;
use crate::policy::request::Scheme;
use crate::policy::world::Cause;

impl<'p> Run<'_, 'p> {
    /// From the connection to the first phase: what nginx checks before any block has a say.
    pub(super) fn start(&mut self) -> Next {
        if self.depth > DEEPEST {
            self.give_up();
            return Next::Done(Outcome::Anything);
        }
        let host = self.request.host.as_deref().map(normalised_host);
        self.host = host.clone().flatten();
        let Some(chosen) = self.choose_server() else {
            self.give_up();
            let port = self.request.destination.port();
            self.world.choose(Cause::new(None, format!("what listens on port {port}")), 1);
            return Next::Done(Outcome::Anything);
        };
        self.server = chosen.server;
        self.default_server = chosen.default;
        self.conf = chosen.server;
        // the request line is read before the name is known
        let merge = self.flag(self.default_server, id!("merge_slashes"), true);
        let is_method = uri::is_method(&self.method);
        let target =
            uri::parse(&self.request.target, merge).filter(|_| is_method && !self.refuses_blanks());
        if target.is_none() || host == Some(None) {
            self.server = chosen.default;
            self.conf = chosen.default;
        }
        self.told_server(&chosen);
        self.world_around();
        if chosen.listen.proxy_protocol {
            let cause = Cause::new(
                chosen.listen.directive.map(Directive::words_location),
                "what the PROXY protocol says of the client",
            );
            self.world.choose(cause, 1);
            self.give_up();
            return Next::Done(Outcome::Anything);
        }
        if !speaks(self.request.scheme, &chosen.listen) {
            return match self.request.scheme {
                Scheme::Http => {
                    let at = chosen.listen.directive.map(Directive::words_location);
                    self.step(
                        at,
                        "connection",
                        "the client speaks plain HTTP where TLS is expected: 400",
                    );
                    Next::Status(497)
                }
                Scheme::Https => {
                    let at = chosen.listen.directive.map(Directive::words_location);
                    self.step(
                        at,
                        "connection",
                        "the client speaks TLS where plain HTTP is expected",
                    );
                    Next::Done(Outcome::Answered(0))
                }
            };
        }
        let Some(target) = target else {
            return self.bad_request(if is_method {
                "the path is not valid"
            } else {
                "the method is not valid"
            });
        };
        if host == Some(None) {
            return self.bad_request("the Host header is no name");
        }
        if self.request.header(b"host").is_some() {
            return self.bad_request("Host stands twice");
        }
        self.uri = target.uri.into();
        self.args = target.args.into();
        if self.authorization_lines() > 1 {
            return self.bad_request("Authorization stands twice");
        }
        if self.request.scheme == Scheme::Https
            && let Some(next) = self.client_certificate()
        {
            return next;
        }
        match &*self.method {
            b"TRACE" => {
                self.step(None, "request", "nginx refuses TRACE: 405");
                return Next::Status(405);
            }
            b"CONNECT" => {
                // 1.31 brings the tunnel module; before, the method is refused here
                if self.target_is_before((1, 31, 0)) != Some(true) {
                    self.world
                        .choose(Cause::new(None, "nginx's version: tunnels came with 1.31.0"), 1);
                    self.give_up();
                }
                self.step(None, "request", "nginx refuses CONNECT: 405");
                return Next::Status(405);
            }
            _ => {}
        }
        self.realip();
        Next::ServerRewrite
    }

    fn told_server(&mut self, chosen: &Chosen<'p>) {
        let block = self.policy.get(self.server);
        let title = block.directive.map(Directive::title);
        let title = title.unwrap_or_else(|| "this fragment".into());
        let by_name = chosen.name.filter(|_| self.server == chosen.server);
        let (at, text) = if let Some(name) = by_name {
            let names = block.own().find(|own| {
                has(*own, &[id!("server_name")])
                    && own.args().any(|arg| arg.location() == name.location())
            });
            let at = names.map_or(name.location(), Directive::words_location);
            let host = self.host.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
            (Some(at), format!("the name {host} leads to `{title}`"))
        } else {
            let why =
                if chosen.listen.is_default { "the default server" } else { "the first server" };
            let at = chosen.listen.directive.or(block.directive).map(Directive::words_location);
            (at, format!("{why} of this socket is `{title}`"))
        };
        self.step(at, "server", text);
    }

    /// Around a fragment there may be other servers, and settings that count here; so there may be in an include that is
    /// not here.
    fn world_around(&mut self) {
        let around = (!self.policy.site.data.complete)
            .then(|| Cause::new(None, "what is around this fragment"));
        let open = self.policy.get(BlockId(0)).open.map(elsewhere);
        for cause in around.into_iter().chain(open) {
            if self.world.choose(cause, 2) == 1 {
                self.give_up();
            }
        }
    }

    /// Whether there are blanks in the request line's path, as an address with variables may put them there, and nginx
    /// refuses them.
    fn refuses_blanks(&mut self) -> bool {
        if !super::upstream::has_blanks(&self.request.target) {
            return false;
        }
        self.is_since((1, 21, 1), "blanks in a path are refused")
    }

    fn bad_request(&mut self, why: &str) -> Next {
        self.step(None, "request", format!("{why}: 400"));
        Next::Status(400)
    }

    /// How many Authorization headers the client sends.
    fn authorization_lines(&self) -> usize {
        let is = |(name, _): &&(Vec<u8>, Vec<u8>)| name.eq_ignore_ascii_case(b"authorization");
        self.request.headers.iter().filter(is).count()
            + usize::from(self.request.credential.is_some())
    }

    /// `ssl_verify_client`: a client without a certificate is refused before any location has a say.
    fn client_certificate(&mut self) -> Option<Next> {
        let verify = self.policy.effective(self.server, id!("ssl_verify_client")).set()?;
        if verify.arg(0)?.is_ignoring_case(b"on") {
            let text = "ssl_verify_client asks for a client certificate: 400";
            self.step(Some(verify.words_location()), "connection", text);
            return Some(Next::Status(496));
        }
        None
    }
}
