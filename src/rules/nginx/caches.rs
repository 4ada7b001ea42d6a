//! What a cache keeps and by what it finds it.

use crate::config::nginx::{Directive, Value, variables};
use crate::policy::nginx::{CacheDirectives, Passing, Policy, Proof};

/// A place whose answers are cached.
pub(super) struct Cached<'r, 'p> {
    /// The place.
    pub(super) passing: Passing<'r, 'p>,
    /// What switches the cache on.
    pub(super) zone: Directive<'p>,
    /// Its directives.
    pub(super) names: CacheDirectives,
    /// The key, where one is set.
    pub(super) key: Option<Directive<'p>>,
}

/// The places whose answers are cached under a key that is the same for everybody.
pub(super) fn shared<'r, 'p>(policy: &'r Policy<'p>) -> impl Iterator<Item = Cached<'r, 'p>> {
    policy.passings().filter_map(move |passing| {
        let (zone, names) = passing.cache()?;
        let place = passing.place;
        if !zone.is_certainly_here() || place.is_open() {
            return None;
        }
        let key = place.effective(names.key).set();
        let by_client =
            |line: Directive<'p>| line.args().any(|value| tells_clients_apart(policy, value));
        let is_passed_over = place.list(&[names.bypass]).directives.into_iter().any(by_client);
        let is_apart = key.is_some_and(by_client);
        (!is_apart && !is_passed_over).then_some(Cached { passing, zone, names, key })
    })
}

/// Whether a value differs from client to client, or may: what `set`, `map` and code make is not followed.
fn tells_clients_apart(policy: &Policy<'_>, value: Value<'_>) -> bool {
    let Some(text) = value.known() else { return true };
    let found: Vec<_> = variables(&text).collect();
    found.iter().any(|variable| {
        let name = variable.name.to_ascii_lowercase();
        !SAME_FOR_ALL.contains(&&*name)
            && (policy.maps.contains_key(&name) || !is_of_the_url(&name))
    })
}

/// Variables of the URL and the connection.
const SAME_FOR_ALL: [&[u8]; 18] = [
    b"scheme",
    b"host",
    b"http_host",
    b"proxy_host",
    b"request_uri",
    b"uri",
    b"document_uri",
    b"args",
    b"query_string",
    b"is_args",
    b"request_method",
    b"server_name",
    b"server_port",
    b"https",
    b"http_accept_encoding",
    b"slice_range",
    b"http_range",
    b"http_accept",
];

fn is_of_the_url(name: &[u8]) -> bool {
    name.starts_with(b"arg_") || name.starts_with(b"upstream_")
}

/// What shows that answers differ from client to client: a server behind that asks for a proof.
pub(super) fn asked<'p>(passing: Passing<'_, 'p>) -> Option<Directive<'p>> {
    passing.asked_behind(Proof::Authorization).or_else(|| passing.asked_behind(Proof::Cookie))
}
