//! The names and sockets by which clients come to servers.

use crate::config::nginx::Directive as NginxDirective;
use crate::grammar::apache::{Id as ApacheId, id as apache_id};
use crate::grammar::nginx::{Id, id};
use crate::policy::apache::ServerId;
use crate::policy::either::Policy;
use crate::policy::nginx::witness::host_of;
use crate::policy::request::{Destination, Request, Scheme};
use crate::policy::{apache, nginx};

/// Doors that lead to the same two servers, at most.
pub(super) const ENOUGH: usize = 4;

const SERVER_NAMES: [Id; 1] = [id!("server_name")];
const NAMES: [ApacheId; 2] = [apache_id("ServerName"), apache_id("ServerAlias")];
const LISTEN: [ApacheId; 1] = [apache_id("Listen")];

/// A name that no server has.
const STRANGER: &[u8] = b"name-of-no-server.invalid";

/// A way in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Door {
    /// What the client calls the server; `None` for an old one that sends no name.
    pub(super) host: Option<Vec<u8>>,
    /// Where it connects to.
    pub(super) destination: Destination,
    /// How it talks.
    pub(super) scheme: Scheme,
}

impl Door {
    /// A request for `target` that comes in here.
    pub(super) fn request(&self, target: &[u8]) -> Request {
        let port = self.destination.port();
        let mut request = Request::get(b"", port, target);
        request.host.clone_from(&self.host);
        if let Some(host) =
            request.host.as_mut().filter(|_| port != self.scheme.port() && port != 0)
        {
            host.extend_from_slice(format!(":{port}").as_bytes());
        }
        request.scheme = self.scheme;
        request.destination = self.destination.clone();
        request
    }

    /// The same request as `known`, coming in here.
    pub(super) fn lead(&self, known: &Request) -> Request {
        let here = self.request(b"");
        Request {
            host: here.host,
            scheme: here.scheme,
            destination: here.destination,
            ..known.clone()
        }
    }

    /// Whether the client calls the server by a name that somebody has.
    fn is_name(&self) -> bool {
        self.host.as_deref().is_some_and(|host| host != STRANGER)
    }
}

/// Every name of every server at its sockets, a name that none of them has, and no name.
pub(super) fn of(policy: &Policy<'_>) -> Vec<Door> {
    match policy {
        Policy::Nginx(policy) => of_nginx(policy),
        Policy::Apache(policy) => of_apache(policy),
    }
}

fn of_nginx(policy: &nginx::Policy<'_>) -> Vec<Door> {
    // a server's own names before those that lead to another one
    let (mut doors, mut others) = (Vec::new(), Vec::new());
    for listen in policy.listens() {
        let (destination, scheme) = (listen.destination(), listen.scheme());
        let names = policy.get(listen.server).all(&SERVER_NAMES).flat_map(NginxDirective::args);
        let hosts = names.filter_map(|name| host_of(&name.known()?));
        for host in hosts.chain([STRANGER.to_vec()]).map(Some).chain([None]) {
            let door = Door { host, destination: destination.clone(), scheme };
            let leads_here = policy.server_for(&door.request(b"/")) == Some(listen.server);
            let is_own = leads_here && door.is_name();
            if is_own { &mut doors } else { &mut others }.push(door);
        }
    }
    doors.append(&mut others);
    doors
}

fn of_apache(policy: &apache::Policy<'_>) -> Vec<Door> {
    let (mut doors, mut others) = (Vec::new(), Vec::new());
    let main = policy.get(policy.servers[0].defaults);
    let ports = main.all(&LISTEN).filter_map(|listen| {
        let text = listen.directive.arg(0)?.lossy();
        text.rsplit(':').next()?.parse::<u16>().ok()
    });
    let ports: Vec<u16> = ports.take(8).collect();
    for (server, number) in policy.servers.iter().zip(0..) {
        let Some(request) = policy.at(server.defaults).request_for(b"/") else { continue };
        let own = policy.get(server.defaults).all(&NAMES).flat_map(|own| own.directive.args());
        let hosts = own.filter_map(|name| {
            let name = name.known()?;
            let name = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
            let name = name.split(|byte| *byte == b':').next().unwrap_or_default();
            Some(
                name.iter()
                    .map(|&byte| if matches!(byte, b'*' | b'?') { b'x' } else { byte })
                    .collect(),
            )
        });
        let hosts: Vec<Option<Vec<u8>>> =
            hosts.chain([STRANGER.to_vec()]).map(Some).chain([None]).collect();
        let mut places = vec![request.destination.clone()];
        // a virtual host of any address answers wherever httpd listens
        for port in &ports {
            if let Destination::Address(ip, known) = request.destination
                && known != *port
            {
                places.push(Destination::Address(ip, *port));
            }
        }
        for destination in places {
            for host in &hosts {
                let door = Door {
                    host: host.clone(),
                    destination: destination.clone(),
                    scheme: request.scheme,
                };
                let chosen = policy.server_for(&door.request(b"/"));
                let is_own = chosen == Some(ServerId(number)) && door.is_name();
                if is_own { &mut doors } else { &mut others }.push(door);
            }
        }
    }
    doors.append(&mut others);
    doors
}
