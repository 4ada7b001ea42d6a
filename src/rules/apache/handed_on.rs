//! The virtual host of the same configuration that answers what is handed on.

use super::proxied::Proxied;
use crate::config::apache::Value;
use crate::policy::apache::{Policy, ServerId};
use std::collections::HashMap;

/// Scheme, host with port, and path of where requests go.
pub(super) fn parts<'a>(proxied: &'a Proxied<'_>) -> Option<(&'a [u8], &'a [u8], &'a [u8])> {
    let url = &proxied.url;
    let at = memchr::memmem::find(url, b"://")?;
    let rest = &url[at + 3..];
    let slash = memchr::memchr(b'/', rest).unwrap_or(rest.len());
    Some((&url[..at], &rest[..slash], &rest[slash..]))
}

/// The virtual hosts by the port that they listen on, where only one does.
#[derive(Debug)]
pub(super) struct Hosts(HashMap<Vec<u8>, Option<ServerId>>);

impl Hosts {
    /// Those of `policy`.
    pub(super) fn of(policy: &Policy<'_>) -> Self {
        let mut all: HashMap<Vec<u8>, Option<ServerId>> = HashMap::new();
        for (index, server) in policy.servers.iter().enumerate() {
            let Some(head) = server.directive.and_then(|one| one.arg(0).and_then(Value::known))
            else {
                continue;
            };
            let Some(colon) = memchr::memrchr(b':', &head) else { continue };
            let this = Some(ServerId(index as u32));
            let port = head[colon + 1..].to_vec();
            all.entry(port).and_modify(|known| *known = None).or_insert(this);
        }
        Self(all)
    }

    /// The only virtual host of this configuration that `proxied` can lead to.
    pub(super) fn behind(&self, proxied: &Proxied<'_>) -> Option<ServerId> {
        let (_, host, _) = parts(proxied)?;
        let colon = memchr::memrchr(b':', host)?;
        if ![&b"127.0.0.1"[..], b"localhost", b"[::1]"].contains(&&host[..colon]) {
            return None;
        }
        let found = *self.0.get(&host[colon + 1..])?;
        found.filter(|found| *found != proxied.server)
    }
}
