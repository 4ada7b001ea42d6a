//! What is asked of the client before a handler gets the request: `ap_process_request_internal` up to the fixups.

use super::methods::INVALID;
use super::run::{Run, Verdict};
use crate::grammar::apache::{Id, id};
use crate::policy::world::Cause;

const ALLOW_METHODS: Id = id("AllowMethods");
const SSL_REQUIRE_SSL: Id = id("SSLRequireSSL");
const SSL_VERIFY_CLIENT: Id = id("SSLVerifyClient");

impl Run<'_, '_> {
    /// The access decision of `ap_process_request_internal`.
    pub(super) fn access(&mut self) -> Verdict {
        if let Some(before) = &self.before
            && self.is_same_record(before)
        {
            self.hop.user.clone_from(&before.user);
            self.step(
                None,
                "access",
                "the same sections apply as before: access is not checked again",
            );
            return Verdict::Ok;
        }
        let satisfy_any = self.satisfy_any();
        let checked = self.check_access();
        match (satisfy_any, checked) {
            (None, Verdict::Status(_)) => return checked,
            (Some(directive), Verdict::Ok) => {
                self.step(
                    directive.location(),
                    "access",
                    "Satisfy Any: the address is let in, and no login is asked for",
                );
                return Verdict::Ok;
            }
            _ => {}
        }
        if let Some(verdict) = self.authorize(false) {
            return verdict;
        }
        if let Verdict::Status(status) = self.authenticate() {
            return Verdict::Status(status);
        }
        if self.is_open {
            return Verdict::Status(401);
        }
        self.authorize(true).unwrap_or(Verdict::Status(401))
    }

    /// The access_checker hooks.
    fn check_access(&mut self) -> Verdict {
        if let Some(own) = self.policy.last(&self.hop.merged, &[ALLOW_METHODS], self.world) {
            let number = self.hop.number;
            let methods = &self.policy.methods;
            let allowed = own.directive.args().any(|word| {
                word.known().is_some_and(|name| {
                    *name == *b"reset" || (number != INVALID && methods.number(&name) == number)
                })
            });
            if !allowed {
                let at = own.directive.location();
                self.step(at, "access", "AllowMethods does not list the method: 405");
                return Verdict::Status(405);
            }
        }
        let compat = self.access_compat();
        if compat != Verdict::Ok {
            return compat;
        }
        if !self.is_tls()
            && let Some(own) = self.policy.last(&self.hop.merged, &[SSL_REQUIRE_SSL], self.world)
        {
            let at = own.directive.location();
            self.step(at, "access", "SSLRequireSSL refuses what comes in clear: 403");
            return Verdict::Status(403);
        }
        if self.is_tls()
            && let Some(own) = self.policy.last(&self.hop.merged, &[SSL_VERIFY_CLIENT], self.world)
            && own.directive.says(b"require")
        {
            let at = own.directive.location();
            // with TLS 1.3 few clients take part, and httpd refuses the others; with TLS 1.2 the connection ends
            let cause = Cause::new(at, "whether the client hears of being asked for a certificate");
            let status = if self.world.holds(cause) { 0 } else { 403 };
            let text = format!("SSLVerifyClient asks for a client certificate: {}", ends(status));
            self.step(at, "access", text);
            return Verdict::Status(status);
        }
        Verdict::Ok
    }

    /// A certificate that the whole server requires: without one there is no connection that a request could come by.
    pub(super) fn shakes_hands(&mut self) -> bool {
        if !self.is_tls() {
            return true;
        }
        let defaults = self.hop.merged.clone();
        let own = self.policy.last(&defaults, &[SSL_VERIFY_CLIENT], self.world);
        let Some(own) = own.filter(|own| own.directive.says(b"require")) else { return true };
        let text = "SSLVerifyClient requires a client certificate: without one the connection ends";
        self.step(own.directive.location(), "server", text);
        false
    }
}

/// How a refusal with this status shows.
fn ends(status: u16) -> String {
    if status == 0 { "the connection ends".to_owned() } else { status.to_string() }
}
