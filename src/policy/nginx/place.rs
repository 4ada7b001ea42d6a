//! What holds in a place, whichever request comes: the questions that rules ask.
//!
//! A place is a block that can answer: a server, a location, an `if` or `limit_except` in one. Nothing here looks at a
//! request; [`Policy::predict`] does.

use super::block::{BlockId, Kind};
use super::policy::{Effective, List, Policy};
use crate::config::nginx::{Directive, Value};
use crate::grammar::nginx::{Id, id};
use std::sync::PoisonError;

/// A block that can answer.
#[derive(Clone, Copy, Debug)]
pub struct Place<'r, 'p> {
    /// The configuration.
    pub policy: &'r Policy<'p>,
    /// The block.
    pub block: BlockId,
}

/// Whether a place asks for a user of a password file.
#[derive(Clone, Copy, Debug)]
pub enum Basic<'p> {
    /// It does: `auth_basic` and `auth_basic_user_file`, each where it is set.
    On(Directive<'p>, Directive<'p>),
    /// `auth_basic off`.
    Off(Directive<'p>),
    /// A realm without a file: nobody is asked.
    NoFile(Directive<'p>),
    /// Nothing says so, for certain.
    Unset,
    /// Not known: a variable, a template, an include or the surroundings decide.
    Unknown,
}

const AUTH_BASIC: Id = id!("auth_basic");

/// The directives with which modules ask for a login of their own; `off` switches each off.
const LOGINS: [Id; 4] = [id!("auth_jwt"), id!("auth_oidc"), id!("auth_ldap"), id!("auth_digest")];

/// Directives whose code may refuse a request.
const CODE: [Id; 4] =
    [id!("access_by_lua"), id!("access_by_lua_block"), id!("access_by_lua_file"), id!("js_access")];

impl<'p> Policy<'p> {
    /// The place that `block` is.
    #[must_use]
    pub fn place(&self, block: BlockId) -> Place<'_, 'p> {
        Place { policy: self, block }
    }

    /// Every place, outer ones before those in them.
    pub fn places(&self) -> impl Iterator<Item = Place<'_, 'p>> {
        (1..self.blocks.len() as u32).map(|block| self.place(BlockId(block)))
    }

    /// The places that are servers or locations.
    pub fn locations_and_servers(&self) -> impl Iterator<Item = Place<'_, 'p>> {
        self.places().filter(|place| matches!(place.kind(), Kind::Server | Kind::Location))
    }
}

impl<'r, 'p> Place<'r, 'p> {
    /// What the block is.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.policy.kind(self.block)
    }

    /// The directive that opens it.
    #[must_use]
    pub fn directive(self) -> Option<Directive<'p>> {
        self.policy.get(self.block).directive
    }

    /// The place around it.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        self.policy.parent(self.block).map(|block| Self { block, ..self })
    }

    /// The places directly in it.
    pub fn inner(self) -> impl Iterator<Item = Self> + 'r {
        self.policy.get(self.block).blocks.iter().map(move |&block| Self { block, ..self })
    }

    /// The places in it, at any depth.
    pub fn descendants(self) -> impl Iterator<Item = Self> + 'r {
        let mut pending = self.policy.get(self.block).blocks.clone();
        pending.reverse();
        std::iter::from_fn(move || {
            let block = pending.pop()?;
            pending.extend(self.policy.get(block).blocks.iter().rev());
            Some(Self { block, ..self })
        })
    }

    /// The server around it, or itself.
    #[must_use]
    pub fn server(self) -> Option<Self> {
        self.policy.server_of(self.block).map(|block| Self { block, ..self })
    }

    /// What the directive `id` sets here, wherever it stands.
    #[must_use]
    pub fn effective(self, id: Id) -> Effective<'p> {
        self.policy.effective(self.block, id)
    }

    /// The directive `id` in the block itself.
    #[must_use]
    pub fn own(self, id: Id) -> Option<Directive<'p>> {
        self.policy.own(self.block, id)
    }

    /// The directives `ids` in the block itself.
    pub fn own_all(self, ids: &'r [Id]) -> impl Iterator<Item = Directive<'p>> + 'r {
        let has = self.policy.may_have(self.block, ids);
        let block = has.then(|| self.policy.get(self.block));
        block.into_iter().flat_map(move |block| block.all(ids))
    }

    /// The list of the directives `ids` that is in effect here: those of the innermost block that has any.
    #[must_use]
    pub fn list(self, ids: &[Id]) -> List<'p> {
        self.policy.list(self.block, ids)
    }

    /// Whether an include in it, or around it, is not here, or a template decides on it: then nothing is certain to be
    /// missing.
    #[must_use]
    pub fn is_open(self) -> bool {
        !self.policy.site.data.complete || self.policy.may_lack(self.block)
    }

    /// Whether a name that nobody knows stands in it or in a block around it: what seems to be missing may be misspelt.
    #[must_use]
    pub fn has_stranger(self) -> bool {
        let strangers = self.policy.strangers();
        !strangers.is_empty()
            && self.policy.around(self.block).any(|at| {
                let block = self.policy.get(at).directive;
                strangers.contains(&block.map(|block| (block.inclusion, block.id)))
            })
    }

    /// Whether it asks for a user of a password file.
    #[must_use]
    pub fn basic(self) -> Basic<'p> {
        if !self.policy.may_be_set(self.block, &[AUTH_BASIC]) {
            let is_complete = self.policy.site.data.complete;
            return if is_complete { Basic::Unset } else { Basic::Unknown };
        }
        *self.policy.get(self.block).basic.get_or_init(|| self.work_out_basic())
    }

    fn work_out_basic(self) -> Basic<'p> {
        let realm = match self.effective(AUTH_BASIC) {
            Effective::Set(realm, _) => realm,
            Effective::Unset => return Basic::Unset,
            Effective::Unknown(_) => return Basic::Unknown,
        };
        let Some(value) = realm.arg(0) else { return Basic::Unknown };
        if realm.is_in_template() || !is_literal(value) {
            return Basic::Unknown;
        }
        if value.is(b"off") {
            return Basic::Off(realm);
        }
        match self.effective(id!("auth_basic_user_file")) {
            Effective::Set(file, _) => Basic::On(realm, file),
            Effective::Unset => Basic::NoFile(realm),
            Effective::Unknown(_) => Basic::Unknown,
        }
    }

    /// `satisfy any`, where it is in effect.
    #[must_use]
    pub fn satisfy_any(self) -> Option<Directive<'p>> {
        let satisfy = self.effective(id!("satisfy")).set()?;
        satisfy.arg(0).is_some_and(|value| value.is_ignoring_case(b"any")).then_some(satisfy)
    }

    /// `auth_request`, where it is in effect and not off.
    #[must_use]
    pub fn auth_request(self) -> Option<Directive<'p>> {
        let request = self.effective(id!("auth_request")).set()?;
        request.arg(0).is_some_and(|uri| !uri.is(b"off")).then_some(request)
    }

    /// The login of another module, where one is in effect and not off.
    #[must_use]
    pub fn other_login(self) -> Option<Directive<'p>> {
        if !self.policy.may_be_set(self.block, &LOGINS) {
            return None;
        }
        LOGINS.iter().find_map(|&id| {
            let login = self.effective(id).set()?;
            login.arg(0).is_some_and(|value| !value.is(b"off")).then_some(login)
        })
    }

    /// Code of another language that may refuse a request here.
    #[must_use]
    pub fn access_code(self) -> Option<Directive<'p>> {
        self.list(&CODE).directives.first().copied()
    }

    /// The directive that asks for a login here, whichever module's; code of other languages is not looked at.
    #[must_use]
    pub fn login(self) -> Option<Directive<'p>> {
        match self.basic() {
            Basic::On(realm, _) => Some(realm),
            _ => self.auth_request().or_else(|| self.other_login()),
        }
    }

    /// The first directive that asks for a login, in itself or in a block inside: looked for once.
    #[must_use]
    pub fn first_login(self) -> Option<Directive<'p>> {
        let logins = || self.policy.logins.lock().unwrap_or_else(PoisonError::into_inner);
        let known = logins().get(&self.block).copied();
        known.unwrap_or_else(|| {
            let found =
                self.login().or_else(|| self.descendants().take(2000).find_map(Self::login));
            logins().insert(self.block, found);
            found
        })
    }

    /// The block that `directive` stands in: this one or one around it.
    #[must_use]
    pub fn block_of(self, directive: Directive<'p>) -> Option<BlockId> {
        let is_it =
            |own: Directive<'p>| own.id == directive.id && own.inclusion == directive.inclusion;
        self.policy.around(self.block).find(|at| self.policy.get(*at).own().any(is_it))
    }

    /// Whether nothing here asks for a login or looks at addresses, for certain.
    #[must_use]
    pub fn is_certainly_open(self) -> bool {
        let addresses = self.addresses();
        addresses.rules.is_empty() && !addresses.is_open && self.asks_nobody()
    }

    /// Whether nothing here asks for a login, for certain; addresses may be looked at.
    #[must_use]
    pub fn asks_nobody(self) -> bool {
        let is_none = |id: Id| match self.effective(id) {
            Effective::Unset => true,
            Effective::Set(directive, _) => directive.arg(0).is_some_and(|value| value.is(b"off")),
            Effective::Unknown(_) => false,
        };
        matches!(self.basic(), Basic::Unset | Basic::Off(_) | Basic::NoFile(_))
            && is_none(id!("auth_request"))
            && LOGINS.iter().all(|&id| is_none(id))
            && self.access_code().is_none()
    }

    /// What answers here once access control has let a request through: the directive of the block itself.
    #[must_use]
    pub fn handler(self) -> Option<Directive<'p>> {
        if !self.policy.has_handler(self.block) {
            return None;
        }
        self.policy.get(self.block).handler()
    }
}

/// Whether neither a variable nor a template is part of a value.
fn is_literal(value: Value<'_>) -> bool {
    value.known().is_some_and(|text| !text.contains(&b'$'))
}
