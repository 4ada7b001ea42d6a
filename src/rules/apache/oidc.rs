//! What several rules ask of OpenID Connect: the servers that have it, and what is set for them.

use crate::config::apache::{Condition, Directive};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Place, Policy, ServerId};

const AUTH_TYPE: Id = id("AuthType");

/// What a server and the main server say outside of sections.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings<'a, 'p> {
    pub(super) policy: &'a Policy<'p>,
    pub(super) server: ServerId,
}

impl<'a, 'p> Settings<'a, 'p> {
    /// The settings that hold for a place.
    pub(super) fn of(place: Place<'a, 'p>) -> Self {
        Self { policy: place.policy, server: place.server() }
    }

    /// What stands outside of sections in it.
    pub(super) fn defaults(self) -> Place<'a, 'p> {
        self.policy.at(self.policy.servers[self.server.index()].defaults)
    }

    /// The directive that sets `id`, also where it is not certain that it is read.
    pub(super) fn get(self, id: Id) -> Option<Directive<'p>> {
        let main = self.policy.at(self.policy.servers[ServerId::MAIN.index()].defaults);
        let mut last = None;
        for place in [main, self.defaults()] {
            let ids = [id];
            last = place.section().all(&ids).next_back().or(last);
        }
        last.map(|own| own.directive)
    }

    /// Whether nothing sets `id`.
    pub(super) fn lacks(self, id: Id) -> bool {
        self.get(id).is_none()
    }
}

/// Whether a directive is certainly read, as it is written.
pub(super) fn is_certain(directive: Directive<'_>) -> bool {
    directive.condition() == Condition::Yes && !directive.is_in_template()
}

/// The sections whose AuthType is one of `names`.
pub(super) fn with_types<'a, 'p>(
    policy: &'a Policy<'p>,
    names: &'static [&'static str],
) -> impl Iterator<Item = (Place<'a, 'p>, Directive<'p>)> {
    policy.places().filter_map(move |place| {
        let own = place.own(AUTH_TYPE)?.directive;
        names.iter().any(|name| own.says(name.as_bytes())).then_some((place, own))
    })
}
