//! Who the client is: AuthType and the modules that serve it, and the chain of password providers.

mod others;
mod providers;

pub(super) use providers::UserFile;

use super::run::{Run, Verdict};
use crate::config::apache::{Directive, Value};
use crate::grammar::apache::{Id, id};
use crate::grammar::apache_modules;
use crate::policy::password;
use crate::policy::request::Credential;
use crate::policy::user_file;
use crate::policy::world::Cause;
use crate::source::Location;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use providers::{Said, USER_FILE};

const AUTH_TYPE: Id = id("AuthType");
const AUTH_NAME: Id = id("AuthName");
const DIGEST_PROVIDER: Id = id("AuthDigestProvider");
const BASIC_AUTHORITATIVE: Id = id("AuthBasicAuthoritative");

impl<'p> Run<'_, 'p> {
    /// The AuthType in effect; `None` in the place of it counts as none.
    pub(super) fn auth_type(&mut self) -> Option<Directive<'p>> {
        let own = self.policy.last(&self.hop.merged, &[AUTH_TYPE], self.world)?;
        let is_none = own.directive.arg(0)?.is_ignoring_case(b"none");
        (!is_none).then_some(own.directive)
    }

    fn auth_name(&mut self) -> Option<Directive<'p>> {
        Some(self.policy.last(&self.hop.merged, &[AUTH_NAME], self.world)?.directive)
    }

    /// `ap_run_check_user_id`: a user in `hop`, or a status.
    pub(super) fn authenticate(&mut self) -> Verdict {
        let Some(directive) = self.auth_type() else {
            self.step(
                None,
                "authentication",
                "a user is required, but no AuthType says how to log in: 500",
            );
            return Verdict::Status(500);
        };
        let Some(word) = directive.arg(0).and_then(Value::known) else {
            self.give_up(Cause::new(directive.location(), "what a template makes of AuthType"));
            return Verdict::Status(500);
        };
        if memchr::memmem::find(&word, b"%{").is_some() {
            self.give_up(Cause::new(
                directive.location(),
                "what the expression of AuthType comes to",
            ));
            return Verdict::Status(500);
        }
        let known = apache_modules::auth_type(&word);
        let is_served = known.is_some_and(|known| self.policy.has_module(known.module, self.world));
        if !is_served {
            if known.is_none() && self.policy.site.data.modules.has_strangers() {
                let cause = Cause::new(
                    directive.location(),
                    format!(
                        "whether a loaded module serves AuthType {}",
                        String::from_utf8_lossy(&word)
                    ),
                );
                self.give_up(cause);
            }
            self.step(
                directive.location(),
                "authentication",
                format_args!(
                    "no loaded module serves AuthType {}: 500",
                    String::from_utf8_lossy(&word)
                ),
            );
            return Verdict::Status(500);
        }
        let at = directive.location();
        match word.to_ascii_lowercase().as_slice() {
            b"basic" => self.basic(at),
            b"digest" => self.digest(at),
            b"form" => self.form(at),
            b"openid-connect" | b"auth-openidc" => self.openid(at),
            b"gssapi" | b"negotiate" | b"kerberos" => self.gssapi(at),
            _ => {
                self.give_up(Cause::new(at, "what the login of this AuthType says"));
                Verdict::Status(401)
            }
        }
    }

    /// The challenge of a refusal behind a login: `ap_note_auth_failure`.
    pub(super) fn challenge_again(&mut self) {
        let Some(directive) = self.auth_type() else { return };
        let name = self.realm();
        if directive.says(b"basic") {
            self.challenge = Some(format!("Basic realm=\"{name}\""));
        } else if directive.says(b"digest") {
            self.challenge = Some(format!("Digest realm=\"{name}\""));
        }
    }

    fn realm(&mut self) -> String {
        let name = self.auth_name().and_then(|name| name.arg(0));
        name.map(|name| escape_quotes(&name.lossy())).unwrap_or_default()
    }

    /// No AuthName: 500, before anything else is looked at.
    fn needs_name(&mut self, at: Location) -> Option<Verdict> {
        if self.auth_name().is_some() {
            return None;
        }
        self.step(at, "authentication", "there is no AuthName for the login: 500");
        Some(Verdict::Status(500))
    }

    fn basic_challenge(
        &mut self,
        at: impl Into<Option<Location>>,
        text: impl std::fmt::Display,
    ) -> Verdict {
        let realm = self.realm();
        self.challenge = Some(format!("Basic realm=\"{realm}\""));
        self.step(at, "authentication", text);
        Verdict::Status(401)
    }

    /// The user and the password of `Authorization: Basic`.
    fn basic_credential(&self) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
        match &self.request.credential {
            Some(Credential::Basic { user, password }) => Some((user.clone(), password.clone())),
            Some(Credential::Bearer(_)) => None,
            None => {
                let value = self.authorization()?;
                let blank = value.iter().position(|byte| *byte == b' ').unwrap_or(value.len());
                let (scheme, rest) = value.split_at(blank);
                if !scheme.eq_ignore_ascii_case(b"basic") {
                    return None;
                }
                let encoded: Vec<u8> = rest
                    .iter()
                    .copied()
                    .filter(|byte| !matches!(byte, b' ' | b'\t' | b'='))
                    .collect();
                let text = STANDARD_NO_PAD.decode(encoded).unwrap_or_default();
                let colon = text.iter().position(|byte| *byte == b':').unwrap_or(text.len());
                let password = text.get(colon + 1..).unwrap_or_default().to_vec();
                Some((text[..colon].to_vec(), Some(password)))
            }
        }
    }

    /// `authenticate_basic_user`.
    fn basic(&mut self, at: Location) -> Verdict {
        if let Some(verdict) = self.needs_name(at) {
            return verdict;
        }
        let Some((user, password)) = self.basic_credential().filter(|_| self.sends_authorization())
        else {
            return self.basic_challenge(at, "AuthType Basic asks for a login: 401");
        };
        let who = String::from_utf8_lossy(&user).into_owned();
        let mut said = Said::NotFound;
        let mut last = at;
        for (name, place) in self.providers() {
            let (next, place) = self.ask(&name, place, &user, password.as_deref());
            (said, last) = (next, place);
            if said != Said::NotFound {
                break;
            }
        }
        if said == Said::Granted {
            self.step(last, "authentication", format_args!("{who} is logged in"));
            self.hop.user = Some(user);
            return Verdict::Ok;
        }
        let authoritative = self.policy.last(&self.hop.merged, &[BASIC_AUTHORITATIVE], self.world);
        let not_authoritative = authoritative.filter(|own| own.directive.says(b"off"));
        if let (Some(own), Said::NotFound | Said::Error) = (not_authoritative, said) {
            self.step(
                own.directive.location(),
                "authentication",
                "AuthBasicAuthoritative Off leaves the login to other modules, and there is none: 500",
            );
            return Verdict::Status(500);
        }
        match said {
            Said::Error => {
                self.step(last, "authentication", "the login cannot be checked: 500");
                Verdict::Status(500)
            }
            Said::Denied => self.basic_challenge(last, "the password is not the user's: 401"),
            _ => self.basic_challenge(last, format!("no provider knows the user {who}: 401")),
        }
    }

    /// `authenticate_digest_user`.
    fn digest(&mut self, at: Location) -> Verdict {
        if let Some(verdict) = self.needs_name(at) {
            return verdict;
        }
        let realm = self.realm();
        if let Some(Credential::Basic { user, password }) = &self.request.credential
            && let Some(verdict) = self.digest_of(at, user, password.as_deref(), realm.as_bytes())
        {
            return verdict;
        }
        let is_digest = self
            .authorization()
            .is_some_and(|value| value.len() > 7 && value[..7].eq_ignore_ascii_case(b"digest "));
        if is_digest {
            let cause = Cause::new(at, "whether the answer to the digest challenge is right");
            if self.world.holds(cause) {
                self.hop.user = Some(b"user".to_vec());
                return Verdict::Ok;
            }
        }
        self.challenge = Some(format!("Digest realm=\"{realm}\""));
        self.step(at, "authentication", "AuthType Digest asks for a login: 401");
        Verdict::Status(401)
    }

    /// Whether a client that answers the challenge for `user` is let in; `None` where it gets another challenge.
    fn digest_of(
        &mut self,
        at: Location,
        user: &[u8],
        password: Option<&[u8]>,
        realm: &[u8],
    ) -> Option<Verdict> {
        let who = String::from_utf8_lossy(user).into_owned();
        let file = self.effective(&[USER_FILE]);
        let text = file.map(|directive| self.user_file(directive));
        let place = file.map_or(at, Directive::location);
        let other = self.effective(&[DIGEST_PROVIDER]).is_some();
        let holds = if let (Some(UserFile::Text(text)), false) = (text, other) {
            let stored = user_file::digest(&text, user, realm);
            stored.is_some_and(|stored| {
                password.is_none_or(|it| password::is_digest(&stored, user, realm, it))
            })
        } else {
            let cause = Cause::new(place, format!("whether {who} has this password in the realm"));
            self.world.holds(cause)
        };
        if !holds {
            return None;
        }
        self.step(place, "authentication", format_args!("{who} is logged in"));
        self.hop.user = Some(user.to_vec());
        Some(Verdict::Ok)
    }

    /// Whether the client's Authorization header reaches the login.
    pub(super) fn sends_authorization(&self) -> bool {
        !self.drops_authorization
            && (self.request.credential.is_some() || self.authorization().is_some())
    }
}

/// `ap_escape_quotes`: a backslash in front of each quote that has none.
fn escape_quotes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                out.push(letter);
                out.extend(letters.next());
                continue;
            }
            '"' => out.push('\\'),
            _ => {}
        }
        out.push(letter);
    }
    out
}
