//! Who the client is: AuthType and the modules that serve it, and the chain of password providers.

use super::run::{Run, Verdict};
use crate::config::Presence;
use crate::config::apache::{Directive, Value};
use crate::grammar::apache::{Id, id};
use crate::grammar::apache_modules;
use crate::policy::password::{self, Check};
use crate::policy::request::Credential;
use crate::policy::user_file;
use crate::policy::world::Cause;
use crate::source::{FileKind, Location};
use crate::syntax::Language;
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::borrow::Cow;

const AUTH_TYPE: Id = id("AuthType");
const AUTH_NAME: Id = id("AuthName");
const BASIC_PROVIDER: Id = id("AuthBasicProvider");
const DIGEST_PROVIDER: Id = id("AuthDigestProvider");
const BASIC_AUTHORITATIVE: Id = id("AuthBasicAuthoritative");
const AUTH_EXTERNAL: Id = id("AuthExternal");
const USER_FILE: Id = id("AuthUserFile");
const GROUP_FILE: Id = id("AuthGroupFile");
const OIDC_UNAUTH_ACTION: Id = id("OIDCUnAuthAction");
const OIDC_REDIRECT_URI: Id = id("OIDCRedirectURI");
const OIDC_FORWARDED: Id = id("OIDCXForwardedHeaders");
const FORM_LOGIN_REQUIRED: Id = id("AuthFormLoginRequiredLocation");

/// What httpd finds when it opens a password or group file.
pub(super) enum UserFile<'p> {
    /// No directive names one.
    Unset,
    Missing,
    Fails,
    Text(Cow<'p, [u8]>),
    Unknown,
}

/// What a provider says of a user and a password: `authn_status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Granted,
    Denied,
    NotFound,
    Error,
}

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

    /// The names of the providers that are asked in turn, each with where it is named.
    fn providers(&mut self) -> Vec<(Vec<u8>, Option<Location>)> {
        let policy = self.policy;
        let section = policy.record(&self.hop.merged, &[BASIC_PROVIDER], self.world);
        let Some(section) = section else { return vec![(b"file".to_vec(), None)] };
        let mut names = Vec::new();
        for own in policy.get(section).all(&[BASIC_PROVIDER]) {
            if policy.reads(own.directive, self.world) {
                let words = own.directive.args();
                names.extend(
                    words.filter_map(|word| {
                        Some((word.known()?.into_owned(), Some(word.location())))
                    }),
                );
            }
        }
        names
    }

    fn ask(
        &mut self,
        provider: &[u8],
        place: Option<Location>,
        user: &[u8],
        password: Option<&[u8]>,
    ) -> (Said, Location) {
        let fallback = self.auth_type().map(Directive::location);
        let place = place.or(fallback).unwrap_or_else(|| self.policy.anywhere());
        let alias = self.policy.alias("AuthnProviderAlias", provider);
        let base = alias.and_then(|alias| alias.arg(0)).and_then(Value::known);
        let provider = base.as_deref().unwrap_or(provider);
        match provider {
            b"file" => return self.ask_file(place, alias, user, password),
            // it holds what other providers said before
            b"socache" => return (Said::NotFound, place),
            b"external" => {
                if let Some(said) = self.ask_program() {
                    return (said, place);
                }
            }
            _ => {}
        }
        let name = String::from_utf8_lossy(provider);
        let cause = Cause::new(place, format!("what the provider {name} says of the login"));
        if password.is_none() {
            return (Said::Granted, place);
        }
        let said = match self.world.choose(cause, 3) {
            0 => Said::Granted,
            1 => Said::NotFound,
            _ => Said::Error,
        };
        (said, place)
    }

    /// A directive of a module without a merger that has no other.
    fn of_whole_record(&mut self, id: Id) -> Option<Directive<'p>> {
        let section = self.policy.whole_record(&self.hop.merged, &[id], self.world)?;
        Some(self.policy.last_of(section, &[id], self.world)?.directive)
    }

    /// A program of DefineExternalAuth that is certainly not there refuses everybody; a name that nothing defines is an
    /// error.
    fn ask_program(&mut self) -> Option<Said> {
        let named = self.effective(&[AUTH_EXTERNAL])?;
        let name = named.arg(0)?.known()?;
        let policy = self.policy;
        let mut defined = None;
        for directive in policy.site.directives("DefineExternalAuth") {
            if directive.arg(0)?.is(&name) {
                defined = Some(directive);
            }
        }
        let Some(defined) = defined else { return Some(Said::Error) };
        let words = super::policy::words(defined)?;
        let command = words.iter().skip(1).find_map(|word| {
            let at = memchr::memchr(b'/', word)?;
            Some(word[at..].to_vec())
        })?;
        let program = command.split(|byte| *byte == b' ').next()?;
        let missing = self.stands_at(program) == crate::policy::files::Found::Nothing;
        missing.then_some(Said::Denied)
    }

    fn ask_file(
        &mut self,
        place: Location,
        alias: Option<Directive<'p>>,
        user: &[u8],
        password: Option<&[u8]>,
    ) -> (Said, Location) {
        let of_alias =
            alias.and_then(|alias| alias.children().filter(|it| it.is("AuthUserFile")).last());
        let Some(directive) = of_alias.or_else(|| self.of_whole_record(USER_FILE)) else {
            self.step(place, "authentication", "no AuthUserFile names the users");
            return (Said::Error, place);
        };
        let at = directive.location();
        let shown = directive.arg(0).map(Value::shown).unwrap_or_default();
        match self.user_file(directive) {
            UserFile::Unset | UserFile::Missing => {
                self.step(at, "authentication", format_args!("{shown} does not exist"));
                (Said::Error, at)
            }
            UserFile::Fails => {
                self.step(at, "authentication", format_args!("{shown} cannot be read"));
                (Said::Error, at)
            }
            UserFile::Unknown => {
                self.step(at, "authentication", format_args!("{shown} is not here"));
                if password.is_none() {
                    // the user is said to be right
                    return (Said::Granted, at);
                }
                let who = String::from_utf8_lossy(user);
                let cause = Cause::new(
                    at,
                    format!("whether {shown} has the user {who} with this password"),
                );
                let said = match self.world.choose(cause, 3) {
                    0 => Said::Granted,
                    1 => Said::Denied,
                    _ => Said::Error,
                };
                (said, at)
            }
            UserFile::Text(text) => {
                let Some(stored) = user_file::apache(&text, user) else {
                    return (Said::NotFound, at);
                };
                let Some(password) = password else { return (Said::Granted, at) };
                let libc = self.policy.site.target().libc;
                let said = match password::check(&stored, password, Language::Apache, libc) {
                    Check::Match => Said::Granted,
                    Check::Mismatch | Check::Refused => Said::Denied,
                    Check::Unknown(why) => {
                        let cause = Cause::new(
                            at,
                            format!("whether the password is that of {shown}: {why}"),
                        );
                        if self.world.holds(cause) { Said::Granted } else { Said::Denied }
                    }
                };
                (said, at)
            }
        }
    }

    /// The group file in effect, as httpd finds it.
    pub(super) fn group_file(&mut self) -> UserFile<'p> {
        let section = self.policy.whole_record(&self.hop.merged, &[GROUP_FILE], self.world);
        let own = section.and_then(|it| self.policy.last_of(it, &[GROUP_FILE], self.world));
        match own {
            Some(own) => self.user_file(own.directive),
            None => UserFile::Unset,
        }
    }

    /// What httpd finds when it opens the file that `directive` names.
    fn user_file(&self, directive: Directive<'p>) -> UserFile<'p> {
        let Some(name) = directive.arg(0).and_then(Value::known) else {
            return UserFile::Unknown;
        };
        if name.eq_ignore_ascii_case(b"none") && directive.is("AuthGroupFile") {
            return UserFile::Unset;
        }
        let site = directive.site;
        if let Some(found) = self.policy.reference(directive) {
            if found.denied.is_some() {
                return UserFile::Fails;
            }
            return match (&found.presence, found.file) {
                (_, Some(file)) => UserFile::Text(site.project.sources.get(file).bytes().into()),
                (Presence::Missing, _) => UserFile::Missing,
                (Presence::Here(meta), _) if meta.kind == FileKind::Directory => UserFile::Fails,
                _ => UserFile::Unknown,
            };
        }
        match self.files.locate(&name, site.data.server_root.as_deref()) {
            (local, Presence::Here(meta)) if meta.kind == FileKind::File => self
                .files
                .read(&local)
                .map_or(UserFile::Unknown, |text| UserFile::Text(text.into())),
            (_, Presence::Here(meta)) if meta.kind == FileKind::Directory => UserFile::Fails,
            (_, Presence::Missing) => UserFile::Missing,
            _ => UserFile::Unknown,
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

    /// mod_auth_form: without a session there is no challenge, and perhaps a redirect to the login page.
    fn form(&mut self, at: Location) -> Verdict {
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
    fn openid(&mut self, at: Location) -> Verdict {
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
    fn gssapi(&mut self, at: Location) -> Verdict {
        if self.sends_authorization() {
            self.give_up(Cause::new(at, "whether Kerberos takes the client's ticket"));
            return Verdict::Status(401);
        }
        self.challenge = Some("Negotiate".to_owned());
        self.step(at, "authentication", "GSSAPI asks for a ticket: 401");
        Verdict::Status(401)
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
