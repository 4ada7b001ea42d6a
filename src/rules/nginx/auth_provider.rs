//! The locations through which `auth_request` asks a service that is known by its name.

use crate::config::nginx::{Directive, Value, variables};
use crate::grammar::nginx::id;
use crate::grammar::providers::Provider;
use crate::policy::nginx::{Kind, Matcher, Place, Policy};

/// A location that `auth_request` asks and that hands its requests on to a known service.
pub(super) struct Asked<'r, 'p> {
    /// The `auth_request`.
    pub(super) auth_request: Directive<'p>,
    /// The location.
    pub(super) location: Place<'r, 'p>,
    /// Its `proxy_pass`.
    pub(super) proxy_pass: Directive<'p>,
    /// The service.
    pub(super) provider: &'static Provider,
    /// The path that the service is asked at, where no variable or rewrite has a say in it.
    pub(super) path: Option<String>,
}

/// Every such location, once for each of them and each place that asks it.
pub(super) fn asked<'r, 'p>(policy: &'r Policy<'p>) -> Vec<Asked<'r, 'p>> {
    let mut all: Vec<Asked<'r, 'p>> = Vec::new();
    for place in
        policy.places().filter(|place| matches!(place.kind(), Kind::Server | Kind::Location))
    {
        let Some(auth_request) = place.own(id!("auth_request")) else { continue };
        let (Some(uri), Some(server)) =
            (auth_request.arg(0).and_then(Value::known), place.server())
        else {
            continue;
        };
        let Some(location) = taking(server, &uri) else { continue };
        let known = all.iter().any(|known| known.location.block == location.block);
        let Some(proxy_pass) = location.own(id!("proxy_pass")).filter(|_| !known) else {
            continue;
        };
        let Some(url) = proxy_pass.arg(0).and_then(Value::known) else { continue };
        let url = String::from_utf8_lossy(&url).into_owned();
        let Some((_, rest)) = url.split_once("://") else { continue };
        let (authority, path) =
            rest.find('/').map_or((rest, None), |at| (&rest[..at], Some(&rest[at..])));
        let Some(provider) = Provider::named(authority) else { continue };
        let path = sent_path(location, &uri, path, &url);
        all.push(Asked { auth_request, location, proxy_pass, provider, path });
    }
    all
}

/// The location of `server` that is named after `uri`, exactly or as a prefix.
fn taking<'r, 'p>(server: Place<'r, 'p>, uri: &[u8]) -> Option<Place<'r, 'p>> {
    let policy = server.policy;
    let named = policy.locations(server.block).filter(|(_, matcher)| match matcher {
        Matcher::Exact(path) => **path == *uri,
        Matcher::Prefix { path, .. } => uri.starts_with(path),
        _ => false,
    });
    let exact_first = |matcher: &Matcher<'_>| match matcher {
        Matcher::Exact(_) => usize::MAX,
        other => other.path().map_or(0, <[u8]>::len),
    };
    let best = named.max_by_key(|(_, matcher)| exact_first(matcher));
    best.map(|(block, _)| policy.place(block))
}

/// The path that is sent on for `uri`: `path` is that of the `proxy_pass`.
fn sent_path(location: Place<'_, '_>, uri: &[u8], path: Option<&str>, url: &str) -> Option<String> {
    let block = location.policy.get(location.block);
    if !block.code().is_empty() || variables(url.as_bytes()).next().is_some() && path.is_none() {
        return None;
    }
    let uri = std::str::from_utf8(uri).ok()?;
    let sent = match path {
        None => uri.to_owned(),
        Some(path) if path.contains('$') => return None,
        // with a variable in it, the URL is all that is sent
        Some(path) if url.contains('$') => path.to_owned(),
        Some(path) => {
            let name = block.matcher.as_ref().and_then(Matcher::path).map_or(0, <[u8]>::len);
            format!("{path}{}", uri.get(name..)?)
        }
    };
    Some(sent.split('?').next().unwrap_or_default().to_owned())
}
