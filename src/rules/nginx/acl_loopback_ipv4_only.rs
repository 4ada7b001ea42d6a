//! 127.0.0.1 is not ::1: a program on the same machine that calls `localhost` may come by either.

use super::edits::below;
use crate::diagnostic::{Findings, Safety, Severity};
use crate::policy::nginx::{Address, BlockId, Covers, Policy};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

rule! {
    "nginx/acl-loopback-ipv4-only" {
        reads: NginxPolicy, severity: Info, effect: Unwanted403, since: "0.1.0",
        summary: "allow 127.0.0.1 without ::1 on a server that listens on IPv6",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut loopbacks = None;
    for place in policy.places() {
        let Some(list) = place.own_addresses() else { continue };
        if list.last_word().is_none_or(|rule| rule.allows) {
            continue;
        }
        let covers = |address: IpAddr| {
            list.rules.iter().find(|rule| match rule.covers {
                Covers::Network(network) => network.contains(&address),
                Covers::Everybody | Covers::Unix | Covers::Unknown => false,
            })
        };
        let Some(ipv4) = covers(Ipv4Addr::LOCALHOST.into()).filter(|rule| rule.allows) else {
            continue;
        };
        let is_loopback =
            matches!(ipv4.covers, Covers::Network(network) if network.prefix_len() >= 8);
        if !is_loopback || covers(Ipv6Addr::LOCALHOST.into()).is_some() {
            continue;
        }
        let loopbacks = loopbacks.get_or_insert_with(|| listening(policy));
        let Some(server) = place.server() else { continue };
        let Some(&only_loopback) = loopbacks.get(&server.block) else { continue };
        // a socket of ::1 has no other clients than those that are kept out
        let severity = if only_loopback { Severity::Warning } else { Severity::Info };
        findings.push(
            RULE.at(ipv4.directive.words_location())
                .severity(severity)
                .message("the server listens on IPv6 as well, and a client of this machine that comes by ::1 is kept out")
                .label("IPv4 only")
                .help("add `allow ::1;`")
                .fix(Safety::Unsafe, "let ::1 in", vec![below(ipv4.directive, "allow ::1;")]),
        );
    }
}

/// The servers that listen on IPv6, and whether on its loopback address alone.
fn listening(policy: &Policy<'_>) -> HashMap<BlockId, bool> {
    let mut servers = HashMap::new();
    for listen in policy.listens() {
        let Address::Ip(IpAddr::V6(address), _) = listen.address else { continue };
        let named = listen.directive.and_then(|listen| listen.arg(0));
        let is_loopback =
            address.is_loopback() && named.is_some_and(|name| name.decoded().starts_with(b"["));
        *servers.entry(listen.server).or_insert(false) |= is_loopback;
    }
    servers
}
