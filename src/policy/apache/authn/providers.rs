//! The chain of password providers, and the files that they read.

use super::super::run::Run;
use crate::config::Presence;
use crate::config::apache::{Directive, Value};
use crate::grammar::apache::{Id, id};
use crate::policy::password::{self, Check};
use crate::policy::user_file;
use crate::policy::world::Cause;
use crate::source::{FileKind, Location};
use crate::syntax::Language;
use std::borrow::Cow;

const BASIC_PROVIDER: Id = id("AuthBasicProvider");
const AUTH_EXTERNAL: Id = id("AuthExternal");
pub(super) const USER_FILE: Id = id("AuthUserFile");
const GROUP_FILE: Id = id("AuthGroupFile");

/// What httpd finds when it opens a password or group file.
pub(in crate::policy::apache) enum UserFile<'p> {
    /// No directive names one.
    Unset,
    Missing,
    Fails,
    Text(Cow<'p, [u8]>),
    Unknown,
}

/// What a provider says of a user and a password: `authn_status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Granted,
    Denied,
    NotFound,
    Error,
}

impl<'p> Run<'_, 'p> {
    /// The names of the providers that are asked in turn, each with where it is named.
    pub(super) fn providers(&mut self) -> Vec<(Vec<u8>, Option<Location>)> {
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

    pub(super) fn ask(
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
    pub(super) fn of_whole_record(&mut self, id: Id) -> Option<Directive<'p>> {
        let section = self.policy.whole_record(&self.hop.merged, &[id], self.world)?;
        Some(self.policy.last_of(section, &[id], self.world)?.directive)
    }

    /// A program of DefineExternalAuth that is certainly not there refuses everybody; a name that nothing defines is an
    /// error.
    pub(super) fn ask_program(&mut self) -> Option<Said> {
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
        let words = super::super::policy::words(defined)?;
        let command = words.iter().skip(1).find_map(|word| {
            let at = memchr::memchr(b'/', word)?;
            Some(word[at..].to_vec())
        })?;
        let program = command.split(|byte| *byte == b' ').next()?;
        let missing = self.stands_at(program) == crate::policy::files::Found::Nothing;
        missing.then_some(Said::Denied)
    }

    pub(super) fn ask_file(
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
    pub(in crate::policy::apache) fn group_file(&mut self) -> UserFile<'p> {
        let section = self.policy.whole_record(&self.hop.merged, &[GROUP_FILE], self.world);
        let own = section.and_then(|it| self.policy.last_of(it, &[GROUP_FILE], self.world));
        match own {
            Some(own) => self.user_file(own.directive),
            None => UserFile::Unset,
        }
    }

    /// What httpd finds when it opens the file that `directive` names.
    pub(super) fn user_file(&self, directive: Directive<'p>) -> UserFile<'p> {
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
}
