//! Requests that show something: one that reaches a place, and what a person can repeat of it.

use super::block::Kind;
use super::location::Matcher;
use super::place::Place;
use super::policy::Policy;
use crate::config::nginx::Directive;
use crate::grammar::nginx::id;
use crate::policy::request::Request;
use crate::policy::sample::{Sample, sample};
use std::sync::PoisonError;

impl Place<'_, '_> {
    /// A request that comes by here, as far as names and paths tell; whether it does, [`Policy::predict`] knows.
    ///
    /// [`Policy::predict`]: super::Policy::predict
    #[must_use]
    pub fn request(self) -> Option<Request> {
        self.request_for(&self.path()?)
    }

    /// A request for `path` to the server of this place.
    #[must_use]
    pub fn request_for(self, path: &[u8]) -> Option<Request> {
        let server = self.server()?;
        let listen = self.policy.listen_of(server.block)?;
        let destination = listen.destination();
        let name = server.own(id!("server_name")).and_then(name_of);
        let mut request =
            Request::get(name.as_deref().unwrap_or(b"localhost"), destination.port(), path);
        request.scheme = listen.scheme();
        request.destination = destination;
        Some(request)
    }

    /// A path that the matchers around this place take.
    #[must_use]
    pub fn path(self) -> Option<Vec<u8>> {
        let location =
            self.policy.around(self.block).find(|at| self.policy.kind(*at) == Kind::Location);
        let Some(location) = location else { return Some(b"/".to_vec()) };
        match self.policy.get(location).matcher.as_ref()? {
            Matcher::Exact(path) | Matcher::Prefix { path, .. } => Some(path.to_vec()),
            Matcher::Regex { pattern, .. } => {
                let sample = self.policy.sample(pattern)?;
                let mut path = sample.text;
                if path.first() != Some(&b'/') {
                    path.insert(0, b'/');
                }
                // a name before a suffix: `/x.php` reads better than `/.php`
                if path.get(1) == Some(&b'.') && !sample.at_start {
                    path.insert(1, b'x');
                }
                Some(path)
            }
            Matcher::Named(_) | Matcher::Unknown => None,
        }
    }
}

/// A host that a `server_name` takes.
fn name_of(names: Directive<'_>) -> Option<Vec<u8>> {
    names.args().find_map(|name| host_of(&name.known()?))
}

/// A host that one name of a server takes: a name as it is, one with a wildcard filled in.
#[must_use]
pub fn host_of(name: &[u8]) -> Option<Vec<u8>> {
    if name.contains(&b'$') || name.is_empty() || name == b"_" {
        return None;
    }
    if let Some(pattern) = name.strip_prefix(b"~") {
        return sample(pattern).map(|sample| sample.text);
    }
    if let Some(rest) = name.strip_prefix(b".") {
        return Some(rest.to_vec());
    }
    if let Some(rest) = name.strip_prefix(b"*") {
        return Some([b"www", rest].concat());
    }
    match name.strip_suffix(b"*") {
        Some(rest) => Some([rest, b"example"].concat()),
        None => Some(name.to_vec()),
    }
}

impl Policy<'_> {
    /// What [`sample`] makes of `pattern`; patterns come again and again.
    #[must_use]
    pub fn sample(&self, pattern: &[u8]) -> Option<Sample> {
        let mut samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = samples.get(pattern) {
            return known.clone();
        }
        let sample = sample(pattern);
        samples.insert(pattern.to_vec(), sample.clone());
        sample
    }
}
