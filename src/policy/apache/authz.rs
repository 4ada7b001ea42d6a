//! What is required of a request: mod_authz_core's evaluation of Require and its containers.

use super::merged::Required;
use super::methods::Methods;
use super::requirement::{Leaf, Operator, Requirement};
use super::run::{Run, Verdict};
use crate::config::apache::{Directive, Value};
use crate::policy::addresses::network;
use crate::policy::text::question;
use crate::policy::user_file;
use crate::policy::world::Cause;
use crate::source::Location;
use std::fmt;

/// `authz_status`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Granted,
    Denied,
    /// Only a user could be granted it, and there is none yet.
    DeniedNoUser,
    Neutral,
    Error,
}

/// A Require, and what it came to; in words when it is shown.
struct Told<'p> {
    directive: Directive<'p>,
    status: Status,
}

/// What decided, or what is to be said where no Require did.
#[derive(Clone, Copy)]
struct Said<'t, 'p>(Option<&'t Told<'p>>, &'static str);

impl fmt::Display for Said<'_, '_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(told) = self.0 else { return out.write_str(self.1) };
        out.write_str("`Require")?;
        told.directive.args().try_for_each(|word| write!(out, " {}", word.lossy()))?;
        out.write_str(match told.status {
            Status::Granted => "` is met",
            Status::Denied => "` is not met",
            Status::DeniedNoUser => "` needs a login",
            Status::Neutral => "` does not stand in the way",
            Status::Error => "` fails",
        })
    }
}

impl<'p> Run<'_, 'p> {
    /// `authorize_user_core`: with the user, where there is one already. `None` where somebody must log in first.
    pub(super) fn authorize(&mut self, after_login: bool) -> Option<Verdict> {
        let authorization = self.policy.authorization(&self.hop.merged, self.world);
        let Some(required) = &authorization.required else {
            return Some(match self.auth_type() {
                Some(own) => {
                    self.step(
                        own.location(),
                        "authorization",
                        "AuthType is set, but nothing is required: 500",
                    );
                    Verdict::Status(500)
                }
                None => Verdict::Ok,
            });
        };
        let mut told = Vec::new();
        let status = self.apply(required, Operator::All, &mut told);
        let said = told.first();
        let at = said.map(|one| one.directive.location()).or_else(|| self.place_of(required));
        match status {
            Status::Granted => {
                self.step(at, "authorization", Said(said, "what is required is granted"));
                Some(Verdict::Ok)
            }
            Status::DeniedNoUser if !after_login => None,
            Status::DeniedNoUser => {
                self.step(at, "authorization", "a user is required, and there is none: 401");
                self.challenge_again();
                Some(Verdict::Status(401))
            }
            Status::Error => {
                self.step(at, "authorization", "the expression cannot be evaluated: 500");
                Some(Verdict::Status(500))
            }
            Status::Denied | Status::Neutral => {
                let said = Said(said, "nothing that is required is granted");
                let forbids = authorization.forbidden_on_failure == Some(true);
                if !after_login || self.auth_type().is_none() || forbids {
                    self.step(at, "authorization", format_args!("{said}: 403"));
                    return Some(Verdict::Status(403));
                }
                self.step(
                    at,
                    "authorization",
                    format_args!("{said}: 401, although the login is right"),
                );
                self.challenge_again();
                Some(Verdict::Status(401))
            }
        }
    }

    fn place_of(&self, required: &Required) -> Option<Location> {
        let section = *required.sections().last()?;
        Some(self.policy.get(section).requires.first()?.directive().location())
    }

    fn apply(&mut self, required: &Required, outer: Operator, told: &mut Vec<Told<'p>>) -> Status {
        match required {
            Required::Section(section) => {
                let policy = self.policy;
                let members = &policy.get(*section).requires;
                self.container(Operator::Any, false, members, outer, told)
            }
            Required::Both(operator, both) => {
                if !self.methods_of(required).has(self.hop.number) {
                    return neutral(outer);
                }
                let mut result = Status::Neutral;
                for one in &**both {
                    let status = self.apply(one, *operator, told);
                    if fold(*operator, &mut result, status) {
                        break;
                    }
                }
                result
            }
        }
    }

    fn methods_of(&mut self, required: &Required) -> Methods {
        let policy = self.policy;
        let mut methods = Methods::NONE;
        for section in required.sections() {
            for one in &policy.get(section).requires {
                if policy.reads(one.directive(), self.world) {
                    methods = methods.or(one.methods());
                }
            }
        }
        methods
    }

    /// `apply_authz_sections` of a container.
    fn container(
        &mut self,
        operator: Operator,
        negated: bool,
        members: &[Requirement<'p>],
        outer: Operator,
        told: &mut Vec<Told<'p>>,
    ) -> Status {
        let policy = self.policy;
        let mut methods = Methods::NONE;
        let mut read = Vec::with_capacity(members.len());
        for one in members {
            if policy.reads(one.directive(), self.world) {
                methods = methods.or(one.methods());
                read.push(one);
            }
        }
        if !methods.has(self.hop.number) {
            return neutral(outer);
        }
        let mut result = Status::Neutral;
        for one in read {
            let status = match one {
                Requirement::Leaf(leaf) if !leaf.methods.has(self.hop.number) => neutral(operator),
                Requirement::Leaf(leaf) => {
                    let status = self.provider(leaf);
                    let status = if leaf.negated { negate(status) } else { status };
                    told.push(Told { directive: leaf.directive, status });
                    status
                }
                Requirement::Container(inner) => {
                    self.container(inner.operator, inner.negated, &inner.members, operator, told)
                }
            };
            let before = result;
            let ends = fold(operator, &mut result, status);
            // what decided comes first
            if result != before && told.len() > 1 {
                let last = told.len() - 1;
                told.swap(0, last);
            }
            if ends {
                break;
            }
        }
        if negated { negate(result) } else { result }
    }

    /// What the provider of a Require says.
    fn provider(&mut self, leaf: &Leaf<'p>) -> Status {
        let Some(provider) = leaf.provider.known() else {
            return self.unknown_requirement(leaf);
        };
        let mut words: Option<Vec<_>> = leaf.words().map(Value::known).collect();
        let mut provider = provider;
        // an alias stands for another provider with words of its own
        if let Some(alias) = self.policy.alias("AuthzProviderAlias", &provider)
            && let Some(base) = alias.arg(0).and_then(Value::known)
        {
            provider = base;
            let text = alias.arg(2).map(Value::known);
            words = match text {
                None => Some(Vec::new()),
                Some(None) => None,
                Some(Some(text)) => {
                    Some(crate::syntax::apache::words(&text).map(std::borrow::Cow::Owned).collect())
                }
            };
        }
        let user = self.hop.user.clone();
        let needs_user =
            |status: Status| if user.is_none() { Status::DeniedNoUser } else { status };
        let Some(mut words) = words else { return self.unknown_requirement(leaf) };
        if matches!(&*provider, b"user" | b"group" | b"file-group") {
            for word in &mut words {
                if memchr::memmem::find(word, b"%{").is_none() {
                    continue;
                }
                match self.filled_in(word, leaf.directive) {
                    Some(text) => *word = text.into(),
                    None if user.is_none() => return Status::DeniedNoUser,
                    None => return self.unknown_requirement(leaf),
                }
            }
        }
        let granted = |yes: bool| if yes { Status::Granted } else { Status::Denied };
        match &*provider {
            b"all" => {
                granted(words.first().is_some_and(|word| word.eq_ignore_ascii_case(b"granted")))
            }
            b"valid-user" => needs_user(Status::Granted),
            b"user" => match &user {
                None => Status::DeniedNoUser,
                Some(user) => granted(words.iter().any(|word| **word == **user)),
            },
            b"group" => match &user {
                None => Status::DeniedNoUser,
                Some(user) => self.is_in_groups(leaf, user, &words),
            },
            b"ip" => {
                let from = self.remote;
                granted(
                    words
                        .iter()
                        .any(|word| network(word).is_some_and(|network| network.contains(&from))),
                )
            }
            b"local" => granted(self.is_local()),
            b"host" | b"forward-dns" => {
                let mut any = false;
                for word in &words {
                    any = any || self.is_host(word, leaf.directive);
                }
                granted(any)
            }
            b"env" => granted(words.iter().any(|name| self.has_variable(name))),
            b"method" => {
                let number = self.hop.number;
                granted(words.iter().any(|name| self.policy.methods.number(name) == number))
            }
            b"expr" => self.require_expression(leaf),
            b"ssl" => granted(self.is_tls()),
            b"ssl-verify-client" => Status::Denied,
            // all others know users alone
            _ if user.is_none() => Status::DeniedNoUser,
            _ => self.unknown_requirement(leaf),
        }
    }

    /// A Require that is decided elsewhere: by a directory service, a token, a template.
    fn unknown_requirement(&mut self, leaf: &Leaf<'p>) -> Status {
        let words: Vec<String> = leaf.directive.args().map(Value::lossy).collect();
        let cause = Cause::new(
            leaf.directive.location(),
            format!("whether `Require {}` is met", words.join(" ")),
        );
        if self.world.holds(cause) { Status::Granted } else { Status::Denied }
    }

    /// `group_check_authorization`: members are compared byte by byte, names of groups are not.
    fn is_in_groups(
        &mut self,
        leaf: &Leaf<'p>,
        user: &[u8],
        groups: &[std::borrow::Cow<'p, [u8]>],
    ) -> Status {
        use super::authn::UserFile;
        match self.group_file() {
            UserFile::Unset | UserFile::Missing | UserFile::Fails => Status::Denied,
            UserFile::Text(text) => {
                let any =
                    groups.iter().any(|group| user_file::apache_is_in_group(&text, user, group));
                if any { Status::Granted } else { Status::Denied }
            }
            UserFile::Unknown => {
                let cause = Cause::new(
                    leaf.directive.location(),
                    format!("whether {} is in the group", String::from_utf8_lossy(user)),
                );
                if self.world.holds(cause) { Status::Granted } else { Status::Denied }
            }
        }
    }

    /// `Require expr`.
    fn require_expression(&mut self, leaf: &Leaf<'p>) -> Status {
        let span = leaf.directive.raw_arguments();
        let cause = Cause::new(leaf.directive.at(span), "whether the expression of Require holds");
        let Some(text) = leaf.expression() else {
            return if self.world.choose(question(&cause, ""), 2) == 1 {
                Status::Granted
            } else {
                Status::Denied
            };
        };
        match self.expression(&text, leaf.directive) {
            Some(true) => Status::Granted,
            Some(false) if super::conditions::mentions_user(&text) => Status::DeniedNoUser,
            Some(false) => Status::Denied,
            None => Status::Error,
        }
    }
}

/// A member that is not about the method.
fn neutral(outer: Operator) -> Status {
    if outer == Operator::All { Status::Granted } else { Status::Neutral }
}

/// What RequireNone and `not` make of it: they never grant.
fn negate(status: Status) -> Status {
    match status {
        Status::Granted => Status::Denied,
        Status::Denied | Status::DeniedNoUser | Status::Neutral => Status::Neutral,
        Status::Error => Status::Error,
    }
}

/// Takes one member into the result; says whether that settles it.
fn fold(operator: Operator, result: &mut Status, status: Status) -> bool {
    match (operator, status) {
        (_, Status::Neutral) => false,
        (_, Status::Error) | (Operator::All, Status::Denied) | (Operator::Any, Status::Granted) => {
            *result = status;
            true
        }
        (_, Status::DeniedNoUser) => {
            *result = status;
            false
        }
        (Operator::All, Status::Granted) | (Operator::Any, Status::Denied) => {
            if *result == Status::Neutral {
                *result = status;
            }
            false
        }
    }
}
