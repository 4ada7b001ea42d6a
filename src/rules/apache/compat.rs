//! Order, Allow, Deny and Satisfy of mod_access_compat, as rules ask of them.

use crate::config::apache::Directive;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Methods, Own, Place, SectionId};

pub(super) const ORDER: Id = id("Order");
pub(super) const ALLOW: Id = id("Allow");
pub(super) const DENY: Id = id("Deny");
pub(super) const SATISFY: Id = id("Satisfy");

/// All of them. One of them in a section drops all that outer sections say with them.
pub(super) const COMPAT: [Id; 4] = [ORDER, ALLOW, DENY, SATISFY];

/// What the directives of one section come to, for every client and method.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'p> {
    /// The first of them.
    pub(super) first: Directive<'p>,
    /// The last `Satisfy Any`.
    pub(super) satisfy_any: Option<Directive<'p>>,
    /// An `Allow from all`.
    pub(super) allow_all: Option<Directive<'p>>,
    /// Any Allow.
    pub(super) allow: Option<Directive<'p>>,
    /// A `Deny from all`.
    pub(super) deny_all: Option<Directive<'p>>,
    /// Any Deny.
    pub(super) deny: Option<Directive<'p>>,
    /// The last `Order`, and whether it lets in only whom an Allow names.
    pub(super) order: Option<(Directive<'p>, bool)>,
}

impl<'p> Record<'p> {
    /// The record that `section` makes; `None` without any of the directives, or where they are not known or not about every
    /// method.
    pub(super) fn of(place: Place<'_, 'p>, section: SectionId) -> Option<Self> {
        let all: Vec<Own<'p>> = place.policy.get(section).all(&COMPAT).collect();
        let first = all.first()?.directive;
        let certain = all.iter().all(|own| {
            own.methods == Methods::ALL
                && own.directive.condition().is_certain()
                && own.directive.has_known_arguments()
        });
        if !certain {
            return None;
        }
        let last = |id: Id| all.iter().rev().find(|own| own.id == id).map(|own| own.directive);
        let from_all = |id: Id| {
            let mut own = all.iter().filter(|own| own.id == id);
            own.find(|own| own.directive.args().skip(1).any(|word| word.is_ignoring_case(b"all")))
                .map(|own| own.directive)
        };
        let order = last(ORDER);
        Some(Self {
            first,
            satisfy_any: last(SATISFY).filter(|directive| directive.says(b"any")),
            allow_all: from_all(ALLOW),
            allow: last(ALLOW),
            deny_all: from_all(DENY),
            deny: last(DENY),
            order: order.map(|order| (order, !order.says(b"deny,allow"))),
        })
    }

    /// The directive because of which nobody is let in, whoever comes.
    pub(super) fn refuses_all(&self) -> Option<Directive<'p>> {
        match self.order {
            Some((order, true)) if self.allow.is_none() => Some(self.deny.unwrap_or(order)),
            Some((_, true)) => self.deny_all,
            _ if self.allow.is_none() => self.deny_all,
            _ => None,
        }
    }

    /// The directive because of which some are not let in.
    pub(super) fn refuses(&self) -> Option<Directive<'p>> {
        match self.order {
            Some((order, true)) if self.allow_all.is_none() => Some(order),
            Some((_, true)) => self.deny,
            _ if self.allow_all.is_some() => None,
            _ => self.deny,
        }
    }
}

/// The record in effect at `place`, and its section.
pub(super) fn in_effect<'p>(place: Place<'_, 'p>) -> Option<(SectionId, Record<'p>)> {
    let own = place.effective(&COMPAT).set()?;
    let merged = place.merged()?;
    let holds = |section: &SectionId| {
        place.policy.get(*section).all(&COMPAT).any(|it| it.directive.location() == own.location())
    };
    let section = merged.sections().rev().find(holds)?;
    Some((section, Record::of(place, section)?))
}
