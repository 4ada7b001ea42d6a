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
        const ANYBODY: [&str; 10] = [
            "all",
            "ip",
            "local",
            "host",
            "forward-dns",
            "env",
            "method",
            "ssl",
            "ssl-verify-client",
            "expr",
        ];
        !self.negated
            && self.provider.known().is_some_and(|_| !ANYBODY.iter().any(|name| self.asks(name)))
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
        Some(Self::Leaf(Leaf { directive, negated, provider, first, methods }))
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
    pub fn leaves(&self) -> Vec<&Leaf<'p>> {
        let mut leaves = Vec::new();
        let mut waiting = vec![self];
        while let Some(one) = waiting.pop() {
            match one {
                Self::Leaf(leaf) => leaves.push(leaf),
                Self::Container(container) => waiting.extend(container.members.iter().rev()),
            }
        }
        leaves
    }
}
