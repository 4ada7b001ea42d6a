//! Whether a request is for this configuration.

use super::host::normalised;
use super::policy::{Policy, ServerId};
use crate::config::apache::Value;
use crate::grammar::apache::{Id, id};
use crate::policy::reach::Reach;
use crate::policy::request::Request;
use crate::policy::world::explore;

const LISTEN: Id = id("Listen");

impl Policy<'_> {
    /// Whether httpd listens where `request` goes, and whether a server has its name for certain.
    #[must_use]
    pub fn reach(&self, request: &Request) -> Reach {
        let port = request.destination.port();
        let main = self.at(self.servers[0].defaults);
        let mut listens = main.all(&[LISTEN]).peekable();
        let has_listen = listens.peek().is_some();
        let fits = |own: super::Own<'_>| {
            let word = own.directive.arg(0).and_then(Value::known);
            word.as_deref().and_then(port_of).is_none_or(|known| known == port)
        };
        if has_listen && !listens.any(fits) {
            return Reach::Nowhere;
        }
        let host = request.host.as_deref().map(normalised).unwrap_or_default();
        let has_name = |server: u32| {
            let explored = explore(|world| self.answers_to(ServerId(server), &host, world));
            explored.worlds.iter().all(|(_, answers)| *answers)
        };
        if !host.is_empty() && (0..self.servers.len() as u32).any(has_name) {
            Reach::Names
        } else {
            Reach::Listens
        }
    }
}

/// The port of `Listen 8080`, `Listen 10.0.0.1:8080` or `Listen [::1]:8080`.
fn port_of(word: &[u8]) -> Option<u16> {
    std::str::from_utf8(word).ok()?.rsplit(':').next()?.parse().ok()
}
