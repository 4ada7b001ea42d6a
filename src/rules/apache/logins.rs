//! The sections that ask for a login, by the servers that they belong to.

use super::allowance::Allowance;
use crate::diagnostic::Findings;
use crate::policy::apache::{Kind, Place, Policy, ServerId};
use std::collections::BTreeMap;

/// How many sections are tried for each directive, whatever was tried before.
const FEW: usize = 8;

/// Sections with a Require of their own that needs a user.
pub(super) struct Logins<'a, 'p> {
    servers: BTreeMap<u32, Vec<Place<'a, 'p>>>,
    pub(super) allowance: Allowance,
}

impl<'a, 'p> Logins<'a, 'p> {
    /// Those of a configuration.
    pub(super) fn new(policy: &'a Policy<'p>, findings: &Findings) -> Self {
        let mut servers: BTreeMap<u32, Vec<Place<'a, 'p>>> = BTreeMap::new();
        for place in policy.places() {
            if place.own_login().is_some() {
                servers.entry(place.server().0).or_default().push(place);
            }
        }
        Self { servers, allowance: Allowance::new(policy, findings) }
    }

    /// Those that a directive of `server` bears on: its own; for the main server, also those of virtual hosts; for a virtual
    /// host, also the folders of the main server.
    pub(super) fn of(&self, server: ServerId) -> impl Iterator<Item = Place<'a, 'p>> {
        let is_main = server == ServerId::MAIN;
        let everywhere = self.servers.values().filter(move |_| is_main).flatten();
        let own = self.servers.get(&server.0).filter(|_| !is_main).into_iter().flatten();
        let main = self.servers.get(&0).filter(|_| !is_main).into_iter().flatten();
        let folders = main.filter(|place| {
            matches!(
                place.kind(),
                Kind::Directory | Kind::DirectoryMatch | Kind::Htaccess | Kind::Files
            )
        });
        self.allowance.of(FEW, everywhere.chain(own).chain(folders).copied())
    }
}
