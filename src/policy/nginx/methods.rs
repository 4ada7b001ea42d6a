//! `limit_except`: the methods that it leaves alone, and what it asks of the others. `ngx_http_core_limit_except`.

use super::block::Kind;
use super::place::Place;

impl Place<'_, '_> {
    /// The methods that a `limit_except` leaves alone, in capitals; `None` for another block, or where a template names one.
    /// `GET` stands for `HEAD` as well.
    #[must_use]
    pub fn methods_left_alone(self) -> Option<Vec<Vec<u8>>> {
        let limit = self.directive().filter(|_| self.kind() == Kind::LimitExcept)?;
        let mut methods: Vec<Vec<u8>> = limit
            .args()
            .map(|method| method.known().map(|name| name.to_ascii_uppercase()))
            .collect::<Option<_>>()?;
        if methods.iter().any(|method| method == b"GET") {
            methods.push(b"HEAD".to_vec());
        }
        Some(methods)
    }

    /// Whether the block itself asks for a login, or keeps out all addresses but some.
    #[must_use]
    pub fn restricts_itself(self) -> bool {
        let asks = self.login().is_some_and(|login| self.block_of(login) == Some(self.block));
        asks || self
            .own_addresses()
            .is_some_and(|list| list.last_word().is_some_and(|rule| !rule.allows))
    }

    /// Whether it hands requests of any method on, to another server or to an application.
    #[must_use]
    pub fn takes_all_methods(self) -> bool {
        const FILES: [&str; 5] = ["stub_status", "empty_gif", "flv", "mp4", "memcached_pass"];
        self.handler().is_some_and(|handler| !FILES.contains(&&*handler.name()))
    }
}

/// Whether a method changes something: none of those that read.
#[must_use]
pub fn writes(method: &[u8]) -> bool {
    matches!(
        method,
        b"POST"
            | b"PUT"
            | b"DELETE"
            | b"PATCH"
            | b"MKCOL"
            | b"COPY"
            | b"MOVE"
            | b"PROPPATCH"
            | b"LOCK"
            | b"UNLOCK"
    )
}

/// The names of methods for a message.
#[must_use]
pub fn listed(methods: &[Vec<u8>]) -> String {
    let names: Vec<_> = methods.iter().map(|name| String::from_utf8_lossy(name)).collect();
    names.join(", ")
}
