//! The sockets that servers listen on: `ngx_http_core_listen`.

use super::block::BlockId;
use super::policy::Policy;
use crate::config::nginx::Directive;
use crate::grammar::nginx::{Id, id};
use crate::policy::request::{Destination, Scheme};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const LISTEN: Id = id!("listen");

/// What a socket is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// An address and a port. An unspecified address stands for all of its family.
    Ip(IpAddr, u16),
    /// A path.
    Unix(Vec<u8>),
}

/// One socket of a `listen` directive.
// every parameter stands for itself
#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, Debug)]
pub struct Listen<'p> {
    /// What it is bound to.
    pub address: Address,
    /// The server that listens.
    pub server: BlockId,
    /// The directive; `None` where a server has none and nginx's default holds.
    pub directive: Option<Directive<'p>>,
    /// Whether the server is the one for names that no other has.
    pub is_default: bool,
    /// Whether TLS is spoken.
    pub ssl: bool,
    /// Whether the PROXY protocol is expected.
    pub proxy_protocol: bool,
    /// Whether a socket of IPv6 takes IPv4 as well.
    pub dual: bool,
}

impl Listen<'_> {
    /// Where a client on this machine connects to, so as to come to this socket.
    #[must_use]
    pub fn destination(&self) -> Destination {
        match &self.address {
            Address::Ip(address, port) if address.is_unspecified() => {
                let loopback: IpAddr = if address.is_ipv4() {
                    Ipv4Addr::LOCALHOST.into()
                } else {
                    Ipv6Addr::LOCALHOST.into()
                };
                Destination::Address(loopback, *port)
            }
            Address::Ip(address, port) => Destination::Address(*address, *port),
            Address::Unix(path) => Destination::Unix(path.clone()),
        }
    }

    /// How clients speak to it.
    #[must_use]
    pub const fn scheme(&self) -> Scheme {
        if self.ssl { Scheme::Https } else { Scheme::Http }
    }
}

impl<'p> Policy<'p> {
    /// The sockets of every server, in the order that nginx reads them, and the first `listen` that is not known.
    pub(super) fn read_listens(&self) -> (Vec<Listen<'p>>, Option<Directive<'p>>) {
        let mut all = Vec::new();
        let mut unknown = None;
        for &server in &self.servers {
            let block = self.get(server);
            let listens: Vec<_> = block.all(&[LISTEN]).collect();
            if listens.is_empty() {
                match block.open {
                    Some(open) => {
                        unknown.get_or_insert(open);
                    }
                    None => all.push(Listen {
                        // as root; any other user gets port 8000
                        address: Address::Ip(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 80),
                        server,
                        directive: None,
                        is_default: false,
                        ssl: false,
                        proxy_protocol: false,
                        dual: false,
                    }),
                }
            }
            for listen in listens {
                match sockets(listen, server) {
                    Some(sockets) => all.extend(sockets),
                    None => {
                        unknown.get_or_insert(listen);
                    }
                }
            }
        }
        (all, unknown)
    }
}

/// The sockets of one directive; `None` where they are not known.
fn sockets(listen: Directive<'_>, server: BlockId) -> Option<Vec<Listen<'_>>> {
    let name = listen.arg(0)?.known()?;
    let parameter = |wanted: &[u8]| listen.args().skip(1).any(|value| value.is(wanted));
    let addresses = addresses(&name)?;
    let ssl_on = listen.siblings().find(|one| one.is("ssl"));
    let ssl_on =
        ssl_on.and_then(|one| one.arg(0)).is_some_and(|value| value.is_ignoring_case(b"on"));
    Some(
        addresses
            .into_iter()
            .map(|address| Listen {
                address,
                server,
                directive: Some(listen),
                is_default: parameter(b"default_server") || parameter(b"default"),
                ssl: parameter(b"ssl") || parameter(b"quic") || ssl_on,
                proxy_protocol: parameter(b"proxy_protocol"),
                dual: parameter(b"ipv6only=off"),
            })
            .collect(),
    )
}

/// What `ngx_parse_url` makes of the first argument; names other than `localhost` are resolved by the server's machine.
fn addresses(name: &[u8]) -> Option<Vec<Address>> {
    if let Some(path) = name.strip_prefix(b"unix:") {
        return Some(vec![Address::Unix(path.to_vec())]);
    }
    let text = std::str::from_utf8(name).ok()?;
    let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-') {
        return ports(text).map(|ports| ports.map(|port| Address::Ip(any, port)).collect());
    }
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            (host, port.strip_prefix(':').unwrap_or("80"))
        }
        None => text.split_once(':').unwrap_or((text, "80")),
    };
    let hosts: Vec<IpAddr> = match host {
        "*" => vec![any],
        "localhost" => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        host => vec![host.parse().ok()?],
    };
    let ports: Vec<u16> = ports(port)?.collect();
    Some(
        hosts
            .into_iter()
            .flat_map(|host| ports.iter().map(move |&port| Address::Ip(host, port)))
            .collect(),
    )
}

/// A port, or since 1.15.10 a range of them.
fn ports(text: &str) -> Option<std::ops::RangeInclusive<u16>> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last): (u16, u16) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some(first..=last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_nginx_does() {
        let one = |text: &str| match addresses(text.as_bytes())?.first()? {
            Address::Ip(ip, port) => Some(format!("{ip} {port}")),
            Address::Unix(path) => Some(String::from_utf8_lossy(path).into_owned()),
        };
        assert_eq!(one("8080").as_deref(), Some("0.0.0.0 8080"));
        assert_eq!(one("*:81").as_deref(), Some("0.0.0.0 81"));
        assert_eq!(one("127.0.0.1").as_deref(), Some("127.0.0.1 80"));
        assert_eq!(one("[::1]:8080").as_deref(), Some("::1 8080"));
        assert_eq!(one("[::]").as_deref(), Some(":: 80"));
        assert_eq!(one("unix:/run/x").as_deref(), Some("/run/x"));
        assert_eq!(one("example.com:80"), None);
        assert_eq!(addresses(b"8080-8082").map(|all| all.len()), Some(3));
    }
}
