//! Logins that are no password of httpd's own: forms, OpenID Connect, Kerberos.

use super::super::run::{Run, Verdict};
use crate::config::apache::Value;
use crate::grammar::apache::{Id, id};
use crate::policy::world::Cause;
use crate::source::Location;

const OIDC_UNAUTH_ACTION: Id = id("OIDCUnAuthAction");
const OIDC_REDIRECT_URI: Id = id("OIDCRedirectURI");
const OIDC_FORWARDED: Id = id("OIDCXForwardedHeaders");
const FORM_LOGIN_REQUIRED: Id = id("AuthFormLoginRequiredLocation");

impl Run<'_, '_> {
    /// mod_auth_form: without a session there is no challenge, and perhaps a redirect to the login page.
    pub(super) fn form(&mut self, at: Location) -> Verdict {
        if let Some(verdict) = self.needs_name(at) {
            return verdict;
        }
        let cookie = self.request.header(b"cookie").is_some();
        if cookie && self.world.choose(Cause::new(at, "whether the cookie holds a login"), 2) == 1 {
            self.hop.user = Some(b"user".to_vec());
            return Verdict::Ok;
        }
        let location = self.policy.last(&self.hop.merged, &[FORM_LOGIN_REQUIRED], self.world);
        if let Some(own) = location {
            self.step(
                own.directive.location(),
                "authentication",
                "without a session the client is sent to the login page: 302",
            );
            return Verdict::Status(302);
        }
        self.step(at, "authentication", "AuthType form finds no session: 401 without a challenge");
        Verdict::Status(401)
    }

    /// mod_auth_openidc: who may be a browser is sent to the provider, others get 401.
    pub(super) fn openid(&mut self, at: Location) -> Verdict {
        if self.request.header(b"cookie").is_some() || self.sends_authorization() {
            self.give_up(Cause::new(at, "what the session or token of OpenID Connect says"));
            return Verdict::Status(401);
        }
        let action = self.policy.last(&self.hop.merged, &[OIDC_UNAUTH_ACTION], self.world);
        let word = action.and_then(|own| own.directive.arg(0)).and_then(Value::known);
        let place = action.map_or(at, |own| own.directive.location());
        match word.as_deref().map(<[u8]>::to_ascii_lowercase).as_deref() {
            Some(b"pass") => {
                self.step(
                    place,
                    "authentication",
                    "OIDCUnAuthAction pass lets the client in unnamed",
                );
                self.hop.user = Some(Vec::new());
                return Verdict::Ok;
            }
            Some(b"401") => {
                self.step(place, "authentication", "OIDCUnAuthAction 401: 401 without a challenge");
                return Verdict::Status(401);
            }
            Some(b"407" | b"410") => {
                self.step(place, "authentication", "OIDCUnAuthAction answers itself");
                let is_407 = word.as_deref() == Some(b"407");
                return Verdict::Status(if is_407 { 407 } else { 410 });
            }
            _ => {}
        }
        let accepts_html = self.request.header(b"accept").is_some_and(|accept| {
            let pages = [&b"text/html"[..], b"application/xhtml+xml", b"*/*"];
            pages.iter().any(|page| memchr::memmem::find(accept, page).is_some())
        });
        let is_script = self
            .request
            .header(b"x-requested-with")
            .is_some_and(|with| with.eq_ignore_ascii_case(b"xmlhttprequest"));
        if let Some(uri) = self.effective(&[OIDC_REDIRECT_URI])
            && let Some(text) = uri.arg(0).and_then(Value::known)
        {
            let scheme = text.split(|byte| *byte == b':').next().unwrap_or_default();
            let is_other = match scheme {
                b"https" => !self.is_tls(),
                b"http" => self.is_tls(),
                _ => false,
            };
            // what a proxy says of the scheme counts only where OIDCXForwardedHeaders is set
            if is_other && accepts_html && self.effective(&[OIDC_FORWARDED]).is_none() {
                self.step(
                    uri.location(),
                    "authentication",
                    "the scheme of OIDCRedirectURI is not the request's: 500",
                );
                return Verdict::Status(500);
            }
        }
        if accepts_html && !is_script {
            self.step(
                place,
                "authentication",
                "OpenID Connect sends a browser to the provider: 302",
            );
            return Verdict::Status(302);
        }
        self.step(place, "authentication", "OpenID Connect answers what is no browser: 401");
        Verdict::Status(401)
    }

    /// mod_auth_gssapi.
    pub(super) fn gssapi(&mut self, at: Location) -> Verdict {
        if self.sends_authorization() {
            self.give_up(Cause::new(at, "whether Kerberos takes the client's ticket"));
            return Verdict::Status(401);
        }
        self.challenge = Some("Negotiate".to_owned());
        self.step(at, "authentication", "GSSAPI asks for a ticket: 401");
        Verdict::Status(401)
    }
}
