//! Paths that are asked for by clients that cannot log in, and by whom.

/// A path, and who asks for it without a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The path; one that ends in `/` stands for everything below, one that ends in `*` for every name that begins so.
    pub path: &'static str,
    /// Who asks.
    pub who: &'static str,
    /// What for.
    pub purpose: Purpose,
}

/// What a path without a login is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Proving to an authority that the name is one's own.
    Certificate,
    /// Being asked whether the server is well.
    Health,
    /// Telling other programs where things are.
    Discovery,
    /// Being called by another service.
    Webhook,
    /// Something that browsers fetch by themselves.
    Browser,
    /// Something that other programs fetch by themselves.
    Agent,
}

include!(concat!(env!("OUT_DIR"), "/endpoints.rs"));

/// Every one, sorted by path.
#[must_use]
pub fn all() -> &'static [Endpoint] {
    ENDPOINTS
}

/// The one that the path of a location belongs to: the path itself, or one of those below it.
#[must_use]
pub fn find(path: &[u8]) -> Option<&'static Endpoint> {
    ENDPOINTS.iter().find(|endpoint| {
        let known = endpoint.path.as_bytes();
        match known.split_last() {
            Some((b'*', start)) => path.starts_with(start),
            Some((b'/', folder)) => path == folder || path.starts_with(known),
            _ => path == known,
        }
    })
}

/// A path that belongs to `path`, which is written as [`Endpoint::path`] is.
#[must_use]
pub fn sample(path: &str) -> String {
    match path.strip_suffix('*') {
        Some(start) => format!("{start}.png"),
        None if path.ends_with('/') => format!("{path}x"),
        None => path.to_owned(),
    }
}

impl Endpoint {
    /// A path that belongs to it.
    #[must_use]
    pub fn sample(&self) -> String {
        sample(self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::{all, find};

    #[test]
    fn every_sample_is_found() {
        for endpoint in all() {
            assert_eq!(
                find(endpoint.sample().as_bytes()).map(|it| it.purpose),
                Some(endpoint.purpose)
            );
        }
        assert_eq!(find(b"/healthy"), None);
        assert_eq!(find(b"/"), None);
    }
}
