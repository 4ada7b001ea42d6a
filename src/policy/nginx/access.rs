//! ACCESS and POST_ACCESS: allow and deny, passwords, subrequests to a service, and how `satisfy` combines them.
//! `ngx_http_core_access_phase`.

use super::cache::Earlier;
use super::policy::has;
use super::run::{Next, Run};
use crate::config::Presence;
use crate::config::address::network;
use crate::config::nginx::{Directive, Value};
use crate::config::target::Libc;
use crate::grammar::nginx::{Id, id};
use crate::policy::answer::Outcome;
use crate::policy::password::{self, Check};
use crate::policy::request::Credential;
use crate::policy::text::Text;
use crate::policy::user_file;
use crate::policy::world::Cause;
use crate::source::{FileKind, Location};
use crate::syntax::Language;
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::borrow::Cow;

const ALLOW: Id = id!("allow");
const DENY: Id = id!("deny");

/// What one access handler says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It has no opinion.
    Declined,
    /// The request may pass.
    Allowed,
    /// The request is answered by this status.
    Refused(u16),
}

impl<'p> Run<'_, 'p> {
    pub(super) fn access(&mut self) -> Next {
        self.realip();
        if self.is_subrequest {
            return Next::Precontent;
        }
        let any = self.policy.effective(self.conf, id!("satisfy")).set();
        let any = any
            .filter(|satisfy| satisfy.arg(0).is_some_and(|value| value.is_ignoring_case(b"any")));
        for handler in [
            Self::other_logins,
            Self::addresses,
            Self::basic_login,
            Self::auth_request,
            Self::access_code,
        ] {
            let verdict = handler(self);
            if self.is_open {
                return Next::Done(Outcome::Anything);
            }
            match (verdict, any) {
                (Verdict::Declined, _) | (Verdict::Allowed, None) => {}
                (Verdict::Allowed, Some(satisfy)) => {
                    self.step(
                        satisfy.words_location(),
                        "access",
                        "satisfy any: one of them is enough",
                    );
                    // only the last ones are dropped: those of earlier error pages stay
                    if let Some(last) = self.last_challenge.take() {
                        self.challenges.truncate(last);
                    }
                    self.refused = None;
                    return Next::Precontent;
                }
                (Verdict::Refused(status @ (401 | 403)), Some(_)) => {
                    if self.refused.is_none_or(|(before, _)| before != 401) {
                        self.refused = Some((status, self.last_step()));
                    }
                }
                // a subrequest that closes the connection closes that of the client
                (Verdict::Refused(0), _) => return Next::Done(Outcome::Answered(0)),
                (Verdict::Refused(status), _) => return Next::Status(status),
            }
        }
        let Some((status, because)) = self.refused.take() else { return Next::Precontent };
        self.because = because;
        Next::Status(status)
    }

    /// `allow` and `deny`: the first rule that covers the client's address.
    fn addresses(&mut self) -> Verdict {
        let list = self.policy.list(self.conf, &[ALLOW, DENY]);
        for rule in list.directives {
            let Some(value) = rule.arg(0) else { continue };
            let Some(text) = value.known() else {
                let cause = Cause::new(value.location(), "which clients a template names here");
                if self.world.choose(cause, 2) == 0 {
                    continue;
                }
                return self.ruled(rule);
            };
            let covers = match self.remote {
                _ if &*text == b"all" => true,
                Some(client) => network(&text).is_some_and(|network| network.contains(&client)),
                None => &*text == b"unix:",
            };
            if covers {
                return self.ruled(rule);
            }
        }
        Verdict::Declined
    }

    fn ruled(&mut self, rule: Directive<'p>) -> Verdict {
        let client = self.remote_text();
        let allowed = has(rule, &[ALLOW]);
        let title = rule.title();
        let text = if allowed {
            format!("`{title}` lets {client} in")
        } else {
            format!("`{title}` keeps {client} out")
        };
        self.step(rule.words_location(), "access", text);
        if allowed { Verdict::Allowed } else { Verdict::Refused(403) }
    }

    /// `auth_basic`: `ngx_http_auth_basic_handler`.
    fn basic_login(&mut self) -> Verdict {
        let realm = self.policy.effective(self.conf, id!("auth_basic")).set();
        let file = self.policy.effective(self.conf, id!("auth_basic_user_file")).set();
        let (Some(realm), Some(file)) = (realm, file) else {
            if let Some(realm) =
                realm.filter(|realm| !realm.arg(0).is_some_and(|value| value.is(b"off")))
            {
                self.step(
                    realm.words_location(),
                    "access",
                    "auth_basic has no auth_basic_user_file: nobody is asked",
                );
            }
            return Verdict::Declined;
        };
        let (Some(realm_value), Some(file_value)) = (realm.arg(0), file.arg(0)) else {
            return Verdict::Declined;
        };
        let text = self.value(realm_value);
        if text.is(b"off", self.world) {
            self.step(realm.words_location(), "access", "auth_basic is off");
            return Verdict::Declined;
        }
        if let Some(cause) = self.earlier.as_ref().and_then(Earlier::login) {
            // with a login of some kind the file is opened, without one it is not
            let with = match self.value(file_value).known().map(|path| self.user_file(file, path)) {
                Some(UserFile::Missing) => Verdict::Refused(403),
                Some(UserFile::Fails(_)) => Verdict::Refused(500),
                _ => Verdict::Allowed,
            };
            return if self.world.holds(cause) { with } else { Verdict::Refused(401) };
        }
        let verdict = match self.basic() {
            None | Some(Credential::Bearer(_)) => {
                self.step(
                    realm.words_location(),
                    "access",
                    format!("auth_basic asks for a user of {}", file_value.shown()),
                );
                Verdict::Refused(401)
            }
            Some(Credential::Basic { user, password }) => {
                self.user(file, file_value, &user, password.as_deref())
            }
        };
        if verdict == Verdict::Refused(401) {
            let mut challenge = Text::from(&b"Basic realm=\""[..]);
            challenge.push(text);
            challenge.push(b"\""[..].into());
            self.challenge([challenge]);
        }
        verdict
    }

    /// The user and the password that the client sends: `ngx_http_auth_basic_user`. `None` for what nginx takes for none.
    pub(super) fn basic(&mut self) -> Option<Credential> {
        // of two, which is an error by itself, the first one
        let mut headers = self.request.headers.iter();
        let sent = headers.find(|(name, _)| name.eq_ignore_ascii_case(b"authorization"));
        let Some((_, sent)) = sent else {
            return match &self.request.credential {
                Some(basic @ Credential::Basic { user, .. })
                    if !user.is_empty() && !user.contains(&b':') =>
                {
                    Some(basic.clone())
                }
                _ => None,
            };
        };
        let (scheme, rest) = sent.split_at_checked(6)?;
        if !scheme.eq_ignore_ascii_case(b"basic ") {
            return None;
        }
        let encoded = rest.trim_ascii_start();
        let decoded = decode(encoded)?;
        let colon = decoded.iter().position(|&byte| byte == b':').filter(|&at| at > 0)?;
        Some(Credential::Basic {
            user: decoded[..colon].to_vec(),
            password: Some(decoded[colon + 1..].to_vec()),
        })
    }

    /// Looks the user up in the file.
    fn user(
        &mut self,
        file: Directive<'p>,
        value: Value<'p>,
        user: &[u8],
        password: Option<&[u8]>,
    ) -> Verdict {
        let at = file.words_location();
        let name = self.value(value);
        let shown = value.shown();
        let who = String::from_utf8_lossy(user).into_owned();
        let Some(path) = name.known().map(<[u8]>::to_vec) else {
            return self.unknown_user(at, &shown, &who, password);
        };
        match self.user_file(file, &path) {
            UserFile::Missing => {
                self.step(at, "access", format!("{shown} does not exist: 403 instead of a login"));
                Verdict::Refused(403)
            }
            UserFile::Fails(why) => {
                self.step(at, "access", format!("{shown} {why}: 500"));
                Verdict::Refused(500)
            }
            UserFile::Unknown => self.unknown_user(at, &shown, &who, password),
            UserFile::Text(text) => {
                let Some(stored) = user_file::nginx(&text, user) else {
                    if password.is_none() {
                        self.step(at, "access", format!("{shown} does not have the user {who}"));
                    } else {
                        self.step(
                            at,
                            "access",
                            format!("the user or the password is not that of {shown}"),
                        );
                    }
                    return Verdict::Refused(401);
                };
                let Some(password) = password else {
                    self.step(
                        at,
                        "access",
                        format!("{who} is a user of {shown}; the password is taken for right"),
                    );
                    return Verdict::Allowed;
                };
                let libc = self.policy.site.target().libc;
                self.password(stored, password, libc, at, &shown)
            }
        }
    }

    fn password(
        &mut self,
        stored: &[u8],
        password: &[u8],
        libc: Option<Libc>,
        at: Location,
        shown: &str,
    ) -> Verdict {
        match password::check(stored, password, Language::Nginx, libc) {
            Check::Match => {
                self.step(at, "access", format!("the password is that of {shown}"));
                Verdict::Allowed
            }
            Check::Mismatch => {
                self.step(at, "access", format!("the password is not that of {shown}"));
                Verdict::Refused(401)
            }
            Check::Refused => {
                self.step(at, "access", format!("what {shown} stores for the user is no hash"));
                let cause = Cause::new(at, "what the C library's crypt() says of what is no hash");
                Verdict::Refused(if self.world.choose(cause, 2) == 0 { 401 } else { 500 })
            }
            Check::Unknown(why) => {
                let cause =
                    Cause::new(at, format!("whether the password is that of {shown}: {why}"));
                if self.world.choose(cause, 2) == 0 {
                    Verdict::Allowed
                } else {
                    Verdict::Refused(401)
                }
            }
        }
    }

    /// A login at a file that is not here.
    fn unknown_user(
        &mut self,
        at: Location,
        shown: &str,
        who: &str,
        password: Option<&[u8]>,
    ) -> Verdict {
        self.step(at, "access", format!("{shown} is not here"));
        if password.is_none() {
            // the user is said to be right
            return Verdict::Allowed;
        }
        let cause =
            Cause::new(at, format!("whether {shown} has the user {who} with this password"));
        if self.world.choose(cause, 2) == 0 { Verdict::Allowed } else { Verdict::Refused(401) }
    }

    /// What nginx finds when it opens the password file of `directive`, whose value is `path` in this request.
    fn user_file(&self, directive: Directive<'p>, path: &[u8]) -> UserFile<'p> {
        let site = self.policy.site;
        let known = self.policy.user_file(directive);
        if let Some(reference) = known
            && let Some(presence) = &reference.presence
        {
            if reference.denied.is_some() {
                return UserFile::Fails("cannot be read by the workers");
            }
            return match (presence, reference.file) {
                (_, Some(file)) => UserFile::Text(site.project.sources.get(file).bytes().into()),
                (Presence::Missing, _) => UserFile::Missing,
                (Presence::Here(meta), _) if meta.kind == FileKind::Directory => {
                    UserFile::Fails("is a directory")
                }
                _ => UserFile::Unknown,
            };
        }
        let base = site.data.conf_prefix.as_deref();
        match self.files.locate(path, base) {
            (local, Presence::Here(meta)) if meta.kind == FileKind::File => self
                .files
                .read(&local)
                .map_or(UserFile::Unknown, |text| UserFile::Text(text.into())),
            (_, Presence::Here(meta)) if meta.kind == FileKind::Directory => {
                UserFile::Fails("is a directory")
            }
            (_, Presence::Missing) => UserFile::Missing,
            _ => UserFile::Unknown,
        }
    }

    /// `auth_request`: a subrequest decides.
    fn auth_request(&mut self) -> Verdict {
        let Some(directive) = self.policy.effective(self.conf, id!("auth_request")).set() else {
            return Verdict::Declined;
        };
        let Some(value) = directive.arg(0) else { return Verdict::Declined };
        if value.is(b"off") {
            return Verdict::Declined;
        }
        let at = directive.words_location();
        let Some(uri) = value.known() else {
            let cause =
                Cause::new(value.location(), "what the service answers that a template names");
            return self.service_says(at, cause);
        };
        self.step(at, "access", format!("auth_request asks {}", value.shown()));
        let ended = self.subrequest(&uri);
        let is_challenge = |(name, _): &&(Vec<u8>, Text)| name == b"www-authenticate";
        let mut challenges: Vec<Text> =
            ended.headers.iter().filter(is_challenge).map(|(_, value)| value.clone()).collect();
        if challenges.is_empty() {
            // `proxy_hide_header` does not hide it from this module
            let upstream = self.upstream.iter().flatten().filter(is_challenge);
            challenges.extend(upstream.map(|(_, value)| value.clone()));
        }
        self.auth_request_set();
        match ended.answer.outcome {
            Outcome::Answered(status @ 200..=299) => {
                self.step(
                    at,
                    "access",
                    format!(
                        "auth_request gets {status} from {}: the request passes",
                        value.shown()
                    ),
                );
                Verdict::Allowed
            }
            Outcome::Answered(403) => {
                self.step(at, "access", format!("auth_request gets 403 from {}", value.shown()));
                Verdict::Refused(403)
            }
            Outcome::Answered(401) => {
                self.step(at, "access", format!("auth_request gets 401 from {}", value.shown()));
                self.challenge(challenges);
                Verdict::Refused(401)
            }
            Outcome::Answered(0) => {
                self.step(at, "access", "the connection is closed");
                Verdict::Refused(0)
            }
            Outcome::Answered(status) => {
                self.step(
                    at,
                    "access",
                    format!(
                        "auth_request gets {status} from {}, which it takes for an error: 500",
                        value.shown()
                    ),
                );
                Verdict::Refused(500)
            }
            Outcome::Passed(crate::policy::answer::Handler::File) => {
                let text =
                    format!("auth_request gets a file from {}: the request passes", value.shown());
                self.step(at, "access", text);
                Verdict::Allowed
            }
            Outcome::Passed(_) => {
                // whoever asks the same there hears the same, as on the way to an error page
                let steps = &ended.answer.steps;
                let handed_on = ended.answer.decided.and_then(|step| steps.get(step)?.at);
                if self.has_conditions()
                    && !self.world.holds(Cause::new(
                        handed_on,
                        "whether the service answers whatever the client has already",
                    ))
                {
                    let text = "if the service answers 304 or 412, auth_request takes it for an error: 500";
                    self.step(at, "access", text);
                    return Verdict::Refused(500);
                }
                let text = format!("what the service behind {} answers", value.shown());
                self.service_says(at, Cause::new(handed_on.unwrap_or(at), text))
            }
            Outcome::Anything => {
                self.give_up();
                Verdict::Declined
            }
        }
    }

    /// A service that is not here lets the request pass, or answers 401 or 403.
    fn service_says(&mut self, at: Location, cause: Cause) -> Verdict {
        let verdict = match self.world.choose_usual(cause, 2, 3) {
            0 => Verdict::Allowed,
            1 => Verdict::Refused(401),
            _ => Verdict::Refused(403),
        };
        let text = match verdict {
            Verdict::Refused(status) => format!("if the service answers {status}"),
            _ => "if the service lets the request pass".to_owned(),
        };
        self.step(at, "access", text);
        verdict
    }

    /// `auth_request_set`: variables from the answer of the subrequest.
    fn auth_request_set(&mut self) {
        let list = self.policy.list(self.conf, &[id!("auth_request_set")]);
        for directive in list.directives {
            let (Some(name), Some(value)) = (directive.arg(0), directive.arg(1)) else { continue };
            let value = self.value(value);
            if let Some(name) = name.known().as_deref().and_then(|name| name.strip_prefix(b"$")) {
                self.variables.insert(name.to_ascii_lowercase(), value);
            }
        }
        self.upstream = None;
    }
}

/// What nginx finds when it opens a password file.
enum UserFile<'p> {
    Missing,
    Fails(&'static str),
    Text(Cow<'p, [u8]>),
    Unknown,
}

/// `ngx_decode_base64`: the standard alphabet, with or without the signs at the end.
fn decode(encoded: &[u8]) -> Option<Vec<u8>> {
    const ENGINE: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let end = encoded.iter().position(|&byte| byte == b'=').unwrap_or(encoded.len());
    // one letter alone is no byte
    if end % 4 == 1 {
        return None;
    }
    ENGINE.decode(&encoded[..end]).ok()
}
