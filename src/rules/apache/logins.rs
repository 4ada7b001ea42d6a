//! The sections that ask for a login, by the servers that they belong to: a few of each are enough for a rule to try.

use crate::policy::apache::{Kind, Place, Policy, ServerId};
use std::collections::BTreeMap;

/// How many sections of a server, and how many servers, are tried.
const TRIED: usize = 8;

/// Sections with a Require of their own that needs a user.
pub(super) struct Logins<'a, 'p> {
    servers: BTreeMap<u32, Vec<Place<'a, 'p>>>,
}

impl<'a, 'p> Logins<'a, 'p> {
    /// Those of a configuration.
    pub(super) fn new(policy: &'a Policy<'p>) -> Self {
        let mut servers: BTreeMap<u32, Vec<Place<'a, 'p>>> = BTreeMap::new();
        for place in policy.places() {
            let known = servers.entry(place.server().0).or_default();
            if known.len() < TRIED && place.own_login().is_some() {
                known.push(place);
            }
        }
        Self { servers }
    }

    /// Those that a directive of `server` bears on: its own; for the main server, also those of virtual hosts; for a virtual
    /// host, also the folders of the main server.
    pub(super) fn of(&self, server: ServerId) -> Vec<Place<'a, 'p>> {
        if server == ServerId::MAIN {
            return self.servers.values().take(TRIED).flatten().copied().collect();
        }
        let own = self.servers.get(&server.0).into_iter().flatten();
        let main = self.servers.get(&0).into_iter().flatten();
        let folders = main.filter(|place| {
            matches!(
                place.kind(),
                Kind::Directory | Kind::DirectoryMatch | Kind::Htaccess | Kind::Files
            )
        });
        own.chain(folders).copied().collect()
    }
}
