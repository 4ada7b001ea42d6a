//! Where a `proxy_pass` leads: `ngx_parse_url`, and the servers of the same configuration that listen there.

use super::listen::Address;
use super::run::Run;
use crate::policy::request::{Destination, Scheme};
use std::net::Ipv4Addr;

/// Where a `proxy_pass` leads.
pub(super) struct Target {
    pub(super) scheme: Scheme,
    /// The host and port, as they are written.
    pub(super) authority: Vec<u8>,
    /// The path behind them, where there is one.
    pub(super) uri: Option<Vec<u8>>,
}

impl Target {
    /// `$proxy_host`: the port is left out where it is the scheme's own.
    pub(super) fn host_header(&self) -> Vec<u8> {
        if self.authority.starts_with(b"unix:") {
            return b"localhost".to_vec();
        }
        let port = format!(":{}", self.scheme.port());
        self.authority.strip_suffix(port.as_bytes()).unwrap_or(&self.authority).to_vec()
    }
}

impl Run<'_, '_> {
    /// Where the target is a server of this configuration: the way to its socket.
    pub(super) fn own_server(&mut self, target: &Target) -> Option<Destination> {
        let sockets = self.policy.sockets();
        let mut destinations = Vec::new();
        if let Some(upstream) = self.policy.upstreams.get(&target.authority) {
            for server in upstream.children().filter(|line| line.is("server")) {
                let name = server.arg(0)?.known()?;
                if server.args().any(|word| word.is(b"down") || word.is(b"backup")) {
                    continue;
                }
                destinations.push(destination(&name, 80)?);
            }
        } else {
            destinations.push(destination(&target.authority, target.scheme.port())?);
        }
        let is_here = |destination: &Destination| match destination {
            Destination::Address(address, port) if address.is_loopback() => {
                sockets.reached(*address, *port).is_some()
            }
            Destination::Address(address, port) => {
                sockets.at(&Address::Ip(*address, *port)).is_some()
            }
            Destination::Unix(path) => sockets.at(&Address::Unix(path.clone())).is_some(),
            Destination::Port(_) => false,
        };
        destinations.dedup();
        match &*destinations {
            [one] if is_here(one) => Some(one.clone()),
            _ => None,
        }
    }
}

/// Reads the URL of a `proxy_pass`.
pub(super) fn target(url: &[u8]) -> Option<Target> {
    let (scheme, rest) = match url.strip_prefix(b"http://") {
        Some(rest) => (Scheme::Http, rest),
        None => match url.strip_prefix(b"https://") {
            Some(rest) => (Scheme::Https, rest),
            None => (Scheme::Http, url.strip_prefix(b"grpc://")?),
        },
    };
    if rest.starts_with(b"unix:") {
        // the path of the socket ends at the next colon
        let colon = rest[5..].iter().position(|&byte| byte == b':').map(|at| at + 5);
        let (socket, uri) =
            colon.map_or((rest, None), |at| (&rest[..at], Some(rest[at + 1..].to_vec())));
        return Some(Target {
            scheme,
            authority: socket.to_vec(),
            uri: uri.filter(|uri| !uri.is_empty()),
        });
    }
    let end = rest.iter().position(|&byte| matches!(byte, b'/' | b'?')).unwrap_or(rest.len());
    let uri = (end < rest.len()).then(|| rest[end..].to_vec());
    Some(Target { scheme, authority: rest[..end].to_vec(), uri })
}

/// The way to a host and port; `None` for a name that only the server's machine can resolve.
pub(super) fn destination(name: &[u8], default_port: u16) -> Option<Destination> {
    if let Some(path) = name.strip_prefix(b"unix:") {
        return Some(Destination::Unix(path.to_vec()));
    }
    let text = std::str::from_utf8(name).ok()?;
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            (host, port.strip_prefix(':'))
        }
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    let port = port.map_or(Some(default_port), |port| port.parse().ok())?;
    let address =
        if host == "localhost" { Ipv4Addr::LOCALHOST.into() } else { host.parse().ok()? };
    Some(Destination::Address(address, port))
}
