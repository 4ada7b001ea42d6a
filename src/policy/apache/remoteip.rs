//! mod_remoteip: the client that a header names, where proxies are trusted to name it.

use super::policy::words;
use super::run::Run;
use crate::config::apache::Value;
use crate::grammar::apache::{Id, id};
use crate::policy::addresses::network;
use crate::policy::world::Cause;
use std::net::IpAddr;

const HEADER: Id = id("RemoteIPHeader");
const INTERNAL: Id = id("RemoteIPInternalProxy");
const TRUSTED: Id = id("RemoteIPTrustedProxy");
const LISTS: [Id; 2] = [id("RemoteIPInternalProxyList"), id("RemoteIPTrustedProxyList")];

impl Run<'_, '_> {
    /// `remoteip_modify_request`.
    pub(super) fn remote_ip(&mut self) {
        let Some(directive) = self.effective(&[HEADER]) else { return };
        let Some(name) = directive.arg(0).and_then(Value::known) else {
            self.give_up(Cause::new(directive.location(), "which header names the client"));
            return;
        };
        let Some(value) = self.header(&name) else { return };
        let Some(value) = value.known().map(<[u8]>::to_vec) else { return };
        let mut proxies = Vec::new();
        for own in self.policy.every(&self.hop.merged, &[INTERNAL, TRUSTED], self.world) {
            for word in words(own.directive).unwrap_or_default() {
                match network(&word) {
                    Some(network) => proxies.push((network, own.id == INTERNAL)),
                    None => {
                        self.give_up(Cause::new(own.directive.location(), "the proxy's address"));
                    }
                }
            }
        }
        if let Some(list) = self.effective(&LISTS) {
            self.give_up(Cause::new(list.location(), "which proxies the file lists"));
        }
        let mut remote = self.remote;
        let mut rest = Some(&value[..]);
        while let Some(list) = rest {
            let mut internal = None;
            if !proxies.is_empty() {
                let found = proxies.iter().find(|(network, _)| network.contains(&remote));
                let Some((_, is_internal)) = found else { break };
                internal = Some(*is_internal);
            }
            let (before, last) = match memchr::memrchr(b',', list) {
                Some(at) => (Some(&list[..at]), &list[at + 1..]),
                None => (None, list),
            };
            let Some(address) = address(last) else { break };
            if internal != Some(true) && is_private(address) {
                break;
            }
            remote = address;
            rest = before;
        }
        if remote != self.remote {
            self.remote = remote;
            self.step(
                directive.location(),
                "request",
                format_args!("RemoteIPHeader takes {remote} for the client"),
            );
        }
    }
}

fn address(word: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(word).ok()?.trim();
    text.parse().ok()
}

/// Addresses that only an internal proxy may name.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
        // only what the Internet gives out is taken
        IpAddr::V6(ip) => ip.segments()[0] & 0xe000 != 0x2000,
    }
}
