//! The ways in which the requests of a log can have come: the servers that write it, and what its lines name of them.

use super::attribute::Asked;
use super::writer::Writer;
use crate::policy::reach::Reach;
use crate::policy::request::{Request, Scheme};
use crate::syntax::logs;
use std::collections::HashSet;

/// Servers that are asked where a log does not name the host, at most.
const MOST_SERVERS: usize = 64;

/// Sockets that are asked where it does.
const MOST_SOCKETS: usize = 16;

/// The ways in that requests of one kind can have come: the number of the log, the host, the port and the scheme.
pub(super) type Way = (u16, Option<Vec<u8>>, Option<u16>, Option<logs::Scheme>);

impl Asked<'_, '_> {
    /// The ways in, and how many servers are left out.
    pub(super) fn ways(&self, (source, host, port, scheme): &Way) -> (Vec<Request>, usize) {
        let name = self.names.get(usize::from(*source)).map_or(&b""[..], Vec::as_slice);
        let scheme = scheme.map(|scheme| match scheme {
            logs::Scheme::Http => Scheme::Http,
            logs::Scheme::Https => Scheme::Https,
        });
        // a Host header may name the port
        let in_host = host.as_deref().and_then(|host| {
            let at = memchr::memrchr(b':', host)?;
            std::str::from_utf8(&host[at + 1..]).ok()?.parse().ok()
        });
        let port = port.or(in_host);
        let mut servers: Vec<Request> =
            writers_of(&self.writers, name).map(|writer| writer.request.clone()).collect();
        narrow(&mut servers, |request| port.is_none_or(|port| request.destination.port() == port));
        narrow(&mut servers, |request| scheme.is_none_or(|scheme| request.scheme == scheme));
        let Some(host) = host else {
            let left_out = servers.len().saturating_sub(MOST_SERVERS);
            servers.truncate(MOST_SERVERS);
            return (servers, left_out);
        };
        let mut seen = HashSet::new();
        servers.retain(|request| seen.insert((request.destination.clone(), request.scheme)));
        for request in &mut servers {
            request.host = Some(host.clone());
        }
        narrow(&mut servers, |request| self.policy.reach(request) == Reach::Names);
        servers.truncate(MOST_SOCKETS);
        (servers, 0)
    }
}

/// Keeps what fits, unless nothing does.
fn narrow(servers: &mut Vec<Request>, fits: impl Fn(&Request) -> bool) {
    if servers.iter().any(&fits) {
        servers.retain(fits);
    }
}

/// The servers that write the log `name`, which may have been rotated since; all where none is known to.
fn writers_of<'w>(writers: &'w [Writer], name: &[u8]) -> impl Iterator<Item = &'w Writer> {
    // how much of the name a server's own says
    let said = |writer: &Writer| {
        let files = writer.files.iter().map(|file| file_name(file));
        let is_it = |known: &&[u8]| {
            let rest = name.strip_prefix(*known);
            !known.is_empty()
                && rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'.' | b'-')))
        };
        files.filter(is_it).map(<[u8]>::len).max().unwrap_or(0)
    };
    let most = writers.iter().map(said).max().unwrap_or(0);
    writers.iter().filter(move |writer| said(writer) == most).collect::<Vec<_>>().into_iter()
}

/// What stands behind the last slash.
pub fn file_name(path: &[u8]) -> &[u8] {
    memchr::memrchr(b'/', path).map_or(path, |at| &path[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotated_logs_are_their_servers() {
        let writer = |file: &str| Writer {
            request: Request::get(file.as_bytes(), 80, b"/"),
            files: vec![format!("/var/log/{file}").into_bytes()],
        };
        let writers = [writer("access.log"), writer("shop.log"), writer("access.log.shop")];
        let of = |name: &str| -> Vec<String> {
            let found = writers_of(&writers, name.as_bytes());
            found
                .map(|it| {
                    String::from_utf8_lossy(it.request.host.as_deref().unwrap_or_default())
                        .into_owned()
                })
                .collect()
        };
        assert_eq!(of("shop.log.2.gz"), ["shop.log"]);
        assert_eq!(of("access.log-20261125"), ["access.log"]);
        assert_eq!(of("access.log.shop"), ["access.log.shop"]);
        assert_eq!(of("other").len(), 3);
    }
}
