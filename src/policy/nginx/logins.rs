//! Logins of other modules and code of other languages in the access phase.

use super::access::Verdict;
use super::policy::Effective;
use super::run::Run;
use crate::config::nginx::Directive;
use crate::grammar::nginx::{Id, id};
use crate::policy::text::Text;
use crate::policy::token;
use crate::policy::world::Cause;

/// Code of other languages in the access phase.
const ACCESS_BY: [&str; 4] =
    ["access_by_lua", "access_by_lua_block", "access_by_lua_file", "js_access"];

/// Directives of modules that ask for a login of their own, each with the value that switches it off.
const OTHER_LOGINS: [&str; 9] = [
    "auth_jwt",
    "auth_oidc",
    "auth_digest",
    "auth_ldap",
    "auth_pam",
    "auth_gss",
    "auth_kerb",
    "auth_spnego",
    "auth_token_enabled",
];

impl<'p> Run<'_, 'p> {
    /// Code of other languages in the access phase, which may let the request pass or not.
    pub(super) fn access_code(&mut self) -> Verdict {
        self.asks(&ACCESS_BY, None)
    }

    /// Modules with a login of their own. Those that are built in by hand run before nginx's own.
    pub(super) fn other_logins(&mut self) -> Verdict {
        for name in OTHER_LOGINS {
            let verdict = self.asks(&[name], Some(b"off"));
            if verdict != Verdict::Declined {
                return verdict;
            }
        }
        Verdict::Declined
    }

    fn asks(&mut self, names: &[&str], off: Option<&[u8]>) -> Verdict {
        let ids: Vec<Id> = names
            .iter()
            .filter_map(|name| crate::grammar::nginx::lookup(name.as_bytes()).map(|known| known.id))
            .collect();
        let Some(&directive) = self.policy.list(self.conf, &ids).directives.first() else {
            return Verdict::Declined;
        };
        if off.is_some_and(|off| directive.arg(0).is_some_and(|value| value.is(off))) {
            return Verdict::Declined;
        }
        let at = directive.words_location();
        let is_login = off.is_some();
        if directive.is("auth_jwt")
            && let Some(verdict) = self.token(directive)
        {
            return verdict;
        }
        self.step(at, "access", format!("{} decides", directive.name()));
        let cause = Cause::new(at, format!("what {} says of the request", directive.name()));
        match self.world.choose(cause, if is_login { 2 } else { 3 }) {
            // code that comes to its end has let the request in, too: `ngx_http_lua_access_by_chunk`
            0 => Verdict::Allowed,
            1 => Verdict::Refused(401),
            _ => Verdict::Refused(403),
        }
    }

    /// `auth_jwt`: what it says of the token that the client sends; `None` where that is not known.
    fn token(&mut self, directive: Directive<'p>) -> Option<Verdict> {
        let at = directive.words_location();
        let other = directive.args().find_map(|value| {
            let text = value.known()?;
            Some((text.strip_prefix(b"token=")?.to_vec(), value.location()))
        });
        let sent = match other {
            Some((text, at)) => self.fill_in(&text, at),
            None => self.header(b"authorization"),
        };
        let Some(sent) = sent.known().map(<[u8]>::to_vec) else {
            // a Basic login whose password is not known is no token
            return sent
                .prefix()
                .starts_with(b"Basic ")
                .then(|| self.asks_for_token(directive, "asks for a token"));
        };
        let bearer =
            sent.split_at_checked(7).filter(|(scheme, _)| scheme.eq_ignore_ascii_case(b"bearer "));
        let sent = bearer.map_or(&*sent, |(_, token)| token.trim_ascii());
        if sent.is_empty()
            || bearer.is_none()
                && !directive.args().any(|value| value.decoded().starts_with(b"token="))
        {
            return Some(self.asks_for_token(directive, "asks for a token"));
        }
        if matches!(self.policy.effective(self.conf, id!("auth_jwt_require")), Effective::Set(..)) {
            return None;
        }
        let keys = self.policy.effective(self.conf, id!("auth_jwt_key_file")).set();
        let keys = keys.and_then(|keys| keys.arg(0)).and_then(|name| {
            let name = self.value(name);
            let base = self.policy.site.data.conf_prefix.as_deref();
            let (path, _) = self.files.locate(name.known()?, base);
            self.files.read(&path)
        });
        match token::verify(sent, keys.as_deref(), self.policy.site.target().now) {
            token::Verdict::Valid => {
                self.step(at, "access", "auth_jwt takes the token");
                Some(Verdict::Allowed)
            }
            token::Verdict::Invalid(why) => {
                Some(self.asks_for_token(directive, &format!("refuses the token, which {why}")))
            }
            token::Verdict::Unknown(_) => None,
        }
    }

    fn asks_for_token(&mut self, directive: Directive<'p>, what: &str) -> Verdict {
        self.step(directive.words_location(), "access", format!("auth_jwt {what}"));
        let realm = directive.arg(0).map(|realm| self.value(realm)).unwrap_or_default();
        let mut challenge = Text::from(&b"Bearer realm=\""[..]);
        challenge.push(realm);
        challenge.push(b"\""[..].into());
        self.challenge([challenge]);
        Verdict::Refused(401)
    }
}
