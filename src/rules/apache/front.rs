//! What stands in front of httpd, as far as its own configuration shows it: TLS, a proxy on the same machine.

use super::reading::read;
use crate::config::apache::{Directive, Form, Site, Value};
use crate::diagnostic::{Finding, Severity};
use crate::policy::apache::Policy;
use ipnet::IpNet;
use std::net::IpAddr;

/// Whether a server of the configuration has TLS, or says that it is reached by https.
pub(super) fn has_tls(policy: &Policy<'_>) -> bool {
    let on = |directive: Directive<'_>| !directive.says(b"off");
    let named = |directive: Directive<'_>| {
        directive.arg(0).is_none_or(|name| name.decoded().starts_with(b"https:"))
    };
    let site = &policy.site;
    read(site, "SSLEngine").any(on) || read(site, "ServerName").any(named)
}

/// A directive that reads what a proxy in front says of the client.
pub(super) fn forwarded<'p>(site: &Site<'p>) -> Option<Directive<'p>> {
    let reads = |directive: &Directive<'_>| {
        // what httpd tells others about its own clients is no sign
        !["RequestHeader", "Header", "ProxyAddHeaders", "Define"]
            .iter()
            .any(|name| directive.is(name))
    };
    let find = |text| {
        let names = memchr::memchr2_iter(b'X', b'x', text);
        names.filter(move |&at| {
            ["X-Forwarded-", "X-Real-IP"].iter().any(|name| {
                let there = text.get(at..at + name.len());
                there.is_some_and(|there| there.eq_ignore_ascii_case(name.as_bytes()))
            })
        })
    };
    site.values_where(find).map(|(directive, _)| directive).find(reads)
}

/// Whether httpd takes the address of the client from what a proxy says.
pub(super) fn knows_clients(site: &Site<'_>) -> bool {
    ["RemoteIPHeader", "RemoteIPProxyProtocol"].iter().any(|name| read(site, name).next().is_some())
}

/// The finding with the directive that shows a proxy in front; without one, an info that depends on it.
pub(super) fn behind(finding: Finding, proxy: Option<Directive<'_>>) -> Finding {
    match proxy {
        Some(proxy) => finding.related(proxy.location(), "reads what a proxy says of its clients"),
        None => finding.severity(Severity::Info).depends_on("whether a proxy is in front of httpd"),
    }
}

/// Whether every Listen is certainly known, and is for this machine alone.
pub(super) fn is_local_only(site: &Site<'_>) -> bool {
    if site.data.form != Form::Main || site.includes_unknown() {
        return false;
    }
    let mut any = false;
    let local = read(site, "Listen").all(|listen| {
        any = true;
        listen_address(listen.arg(0)).is_some_and(|ip| ip.is_loopback())
    });
    any && local
}

/// The address of a Listen; `None` for one that is for every address.
pub(super) fn listen_address(word: Option<Value<'_>>) -> Option<IpAddr> {
    let text = word?.known()?;
    let text = std::str::from_utf8(&text).ok()?;
    let (host, _) = text.rsplit_once(':')?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if host == "localhost" { Some(IpAddr::from([127, 0, 0, 1])) } else { host.parse().ok() }
}

/// `10/8`, `172.16/12`, `192.168/16`, `169.254/16` and `127/8`, and what IPv6 has of the kind.
pub(super) fn is_private(net: &IpNet) -> bool {
    match net.addr() {
        IpAddr::V4(ip) => {
            net.prefix_len() >= 8 && (ip.is_private() || ip.is_loopback() || ip.is_link_local())
        }
        IpAddr::V6(ip) => ip.is_loopback() || ip.segments()[0] & 0xfe00 == 0xfc00,
    }
}
