//! What a section requires: Require and its containers, as `mod_authz_core` builds its tree of `authz_section_conf`.

use super::methods::Methods;
use crate::config::apache::{Directive, Value};

/// How the members of a container are taken together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `<RequireAll>`.
    All,
    /// `<RequireAny>`, `<RequireNone>` and what stands in no container.
    Any,
}

/// The providers that somebody without a login can meet.
const ANYBODY: [&[u8]; 10] = [
    b"all",
    b"ip",
    b"local",
    b"host",
    b"forward-dns",
    b"env",
    b"method",
    b"ssl",
    b"ssl-verify-client",
    b"expr",
];

/// One thing that is required.
#[derive(Clone, Debug)]
pub enum Requirement<'p> {
    /// Require.
    Leaf(Leaf<'p>),
    /// A container.
    Container(Container<'p>),
}

/// `Require [not] provider words…`.
#[derive(Clone, Debug)]
pub struct Leaf<'p> {
    /// The directive.
    pub directive: Directive<'p>,
    /// Whether `not` stands before the provider.
    pub negated: bool,
    /// The provider; letter case counts.
    pub provider: Value<'p>,
    /// How many words stand before those that the provider gets.
    first: usize,
    needs_user: bool,
    /// The methods that it is about.
    pub methods: Methods,
}

impl<'p> Leaf<'p> {
    /// The words that the provider gets.
    pub fn words(&self) -> impl Iterator<Item = Value<'p>> + use<'p> {
        self.directive.args().skip(self.first)
    }

    /// Whether only a user who is logged in can meet it.
    #[must_use]
    pub fn needs_user(&self) -> bool {
        self.needs_user
    }

    /// Whether it asks this provider.
    #[must_use]
    pub fn asks(&self, provider: &str) -> bool {
        self.provider.is(provider.as_bytes())
    }
}

/// `<RequireAll>`, `<RequireAny>` or `<RequireNone>`.
#[derive(Clone, Debug)]
pub struct Container<'p> {
    /// The section.
    pub directive: Directive<'p>,
    /// How its members are taken together.
    pub operator: Operator,
    /// Whether it is `<RequireNone>`.
    pub negated: bool,
    /// The methods that any of its members is about.
    pub methods: Methods,
    /// What stands in it.
    pub members: Vec<Requirement<'p>>,
}

impl<'p> Requirement<'p> {
    /// A Require taken apart; `None` for one without a provider.
    pub(super) fn leaf(directive: Directive<'p>, methods: Methods) -> Option<Self> {
        let mut args = directive.args();
        let mut provider = args.next()?;
        let negated = provider.is_ignoring_case(b"not");
        if negated {
            provider = args.next()?;
        }
        let first = if negated { 2 } else { 1 };
        let needs_user =
            !negated && provider.known().is_some_and(|name| !ANYBODY.contains(&&*name));
        Some(Self::Leaf(Leaf { directive, negated, provider, first, needs_user, methods }))
    }

    /// The directive.
    #[must_use]
    pub fn directive(&self) -> Directive<'p> {
        match self {
            Self::Leaf(leaf) => leaf.directive,
            Self::Container(container) => container.directive,
        }
    }

    /// The methods that it is about.
    #[must_use]
    pub fn methods(&self) -> Methods {
        match self {
            Self::Leaf(leaf) => leaf.methods,
            Self::Container(container) => container.methods,
        }
    }

    /// Puts it among the members of a container: one of the same kind is dissolved, which changes nothing.
    pub(super) fn join(self, operator: Operator, members: &mut Vec<Self>) {
        match self {
            Self::Container(inner) if !inner.negated && inner.operator == operator => {
                members.extend(inner.members);
            }
            one => members.push(one),
        }
    }

    /// Every Require in it, itself among them.
    pub fn leaves(&self) -> impl Iterator<Item = &Leaf<'p>> {
        leaves(std::slice::from_ref(self))
    }
}

/// Every Require among `members` and in the containers among them, in order.
pub(super) fn leaves<'a, 'p>(
    members: &'a [Requirement<'p>],
) -> impl Iterator<Item = &'a Leaf<'p>> + use<'a, 'p> {
    let mut current = members.iter();
    let mut outer = Vec::new();
    std::iter::from_fn(move || {
        loop {
            match current.next() {
                Some(Requirement::Leaf(leaf)) => return Some(leaf),
                Some(Requirement::Container(container)) => {
                    outer.push(std::mem::replace(&mut current, container.members.iter()));
                }
                None => current = outer.pop()?,
            }
        }
    })
}
