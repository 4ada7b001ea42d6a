//! Whether a request is for this configuration.

use super::listen::Address;
use super::policy::Policy;
use super::server::normalised_host;
use super::sockets::Socket;
use crate::policy::reach::Reach;
use crate::policy::request::{Destination, Request};

impl<'p> Policy<'p> {
    /// Whether a server listens where `request` goes, and whether one has its name. Names that are patterns do not count.
    #[must_use]
    pub fn reach(&self, request: &Request) -> Reach {
        let sockets = self.sockets();
        let found: Vec<&Socket<'p>> = match &request.destination {
            Destination::Address(address, port) => {
                sockets.reached(*address, *port).into_iter().collect()
            }
            Destination::Unix(path) => {
                sockets.at(&Address::Unix(path.clone())).into_iter().collect()
            }
            Destination::Port(port) => sockets.with_port(*port).collect(),
        };
        let host = request.host.as_deref().and_then(normalised_host).unwrap_or_default();
        let has_name = |socket: &&Socket<'p>| {
            socket.names(self).literal(&host).is_some_and(|(_, name)| name.is_some())
        };
        if found.iter().any(has_name) {
            Reach::Names
        } else if found.is_empty() && sockets.unknown.is_none() {
            Reach::Nowhere
        } else {
            Reach::Listens
        }
    }
}
