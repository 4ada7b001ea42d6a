//! The places of a configuration of either server, in common words, each with a request that comes by.

use crate::config::apache::Value as ApacheValue;
use crate::config::nginx::{Directive, Value};
use crate::grammar::nginx::{Id, id};
use crate::policy::answer::Prediction;
use crate::policy::apache::{self, Kind as Section, ServerId};
use crate::policy::either::Policy;
use crate::policy::nginx::{self, Kind as Block};
use crate::policy::request::Request;
use crate::source::Location;

/// Virtual hosts for which a section of the main server is looked at on its own, at most.
const HOSTS: usize = 4096;

const SERVER_NAME: Id = id!("server_name");

/// A place that answers requests.
#[derive(Clone, Debug)]
pub struct Spot {
    /// The server's name: the first that it answers to.
    pub server: String,
    /// Further names that it answers to.
    pub aliases: Vec<String>,
    /// What it is: `server`, `location`, `directory`, `files`, `htaccess`.
    pub kind: &'static str,
    /// The blocks around it and itself, outermost first: `http`, `server shop.example`, `location /`.
    pub scope: Vec<String>,
    /// What opens it.
    pub at: Option<Location>,
    /// A request that comes by, as far as names and paths tell.
    pub witness: Option<Request>,
    /// Which of the servers of the configuration it belongs to.
    pub server_number: u32,
    /// The place as the evaluator knows it.
    pub(super) place: Place,
}

/// A block of nginx, or a section of httpd.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Place {
    /// Of nginx.
    Nginx(nginx::BlockId),
    /// Of httpd.
    Apache(apache::SectionId),
}

impl Spot {
    /// The path of the witness, without what is asked of it.
    #[must_use]
    pub fn path(&self) -> Option<&[u8]> {
        let target = &self.witness.as_ref()?.target;
        target.split(|byte| *byte == b'?').next()
    }

    /// Whether `prediction`, that of the witness, came by here.
    pub(super) fn is_reached(&self, prediction: &Prediction) -> bool {
        // what stands outside of locations and sections counts in each of them
        if self.kind == "server" {
            return true;
        }
        let Some(at) = self.at else { return true };
        prediction.answer.steps.iter().any(|step| {
            step.at.is_some_and(|step| step.file == at.file && step.span.start == at.span.start)
        })
    }
}

/// Every server, location, directory, section and .htaccess.
#[must_use]
pub fn spots(policy: &Policy<'_>) -> Vec<Spot> {
    match policy {
        Policy::Nginx(policy) => policy.locations_and_servers().map(of_nginx).collect(),
        Policy::Apache(policy) => {
            policy.places().flat_map(|place| of_apache(policy, place)).collect()
        }
    }
}

fn of_nginx(place: nginx::Place<'_, '_>) -> Spot {
    let names = place.server().and_then(|server| server.own(SERVER_NAME));
    let names = names.into_iter().flat_map(Directive::args).map(Value::lossy);
    let mut names = names.filter(|name| !name.is_empty());
    let directive = place.directive();
    let mut scope = directive.map(Directive::scope).unwrap_or_default();
    scope.extend(directive.map(Directive::title));
    Spot {
        server: names.next().unwrap_or_else(|| "_".to_owned()),
        aliases: names.collect(),
        kind: if place.kind() == Block::Server { "server" } else { "location" },
        scope,
        at: directive.map(Directive::words_location),
        witness: place.request(),
        server_number: place.server().map_or(0, |server| server.block.0),
        place: Place::Nginx(place.block),
    }
}

fn of_apache(policy: &apache::Policy<'_>, place: apache::Place<'_, '_>) -> Vec<Spot> {
    let kind = match place.kind() {
        Section::Server => "server",
        Section::Directory | Section::DirectoryMatch => "directory",
        Section::Htaccess => "htaccess",
        Section::Files => "files",
        Section::Location => "location",
        Section::Proxy => "proxy",
        // conditions: they tell requests apart, not places
        Section::If | Section::ElseIf | Section::Else => return Vec::new(),
    };
    // what AllowOverride leaves of a file is no file of its own
    let is_variant = |section: &apache::Section<'_>| {
        section.kind == Section::Htaccess && section.folder.is_none()
    };
    let mut around = std::iter::successors(Some(place), |place| place.parent());
    if around.any(|place| is_variant(place.section())) {
        return Vec::new();
    }
    let spot = |server: ServerId, witness: Option<Request>| {
        let (name, aliases) = names(policy, server);
        Spot {
            server: name,
            aliases,
            kind,
            scope: scope(place),
            at: place.location(),
            witness,
            server_number: server.0,
            place: Place::Apache(place.id),
        }
    };
    // a folder of the main server's is what virtual hosts serve
    let is_main = place.server() == ServerId::MAIN && place.folder().is_some();
    if is_main {
        let name = place.file_name().unwrap_or_default();
        let hosts = (1..policy.servers.len()).take(HOSTS).map(|number| ServerId(number as u32));
        let mut paths = hosts.filter_map(|server| Some((server, place.path_in(server)?)));
        let first = paths.next();
        let witness = |(server, path): (ServerId, Vec<u8>)| {
            let host = policy.at(policy.servers[server.index()].defaults);
            spot(server, host.request_for(&[&*path, &*name].concat()))
        };
        // what is about all that a host serves is told of the first one alone
        let is_part = |(_, path): &(ServerId, Vec<u8>)| path != b"/";
        let parts: Vec<Spot> =
            first.iter().cloned().chain(paths).filter(is_part).map(witness).collect();
        if !parts.is_empty() {
            return parts;
        }
        if let Some(first) = first {
            return vec![witness(first)];
        }
    }
    vec![spot(place.server(), place.request())]
}

/// The name of a server of httpd, and the further ones.
fn names(policy: &apache::Policy<'_>, server: ServerId) -> (String, Vec<String>) {
    use crate::grammar::apache::{Id, id};
    const SERVER_NAME: Id = id("ServerName");
    const SERVER_ALIAS: Id = id("ServerAlias");
    let own = |server: ServerId| policy.get(policy.servers[server.index()].defaults);
    let name = |server: ServerId| {
        let name = own(server).all(&[SERVER_NAME]).next_back()?.directive.arg(0)?.lossy();
        // a scheme and a port may stand around it
        let name = name.rsplit('/').next().unwrap_or_default();
        Some(name.split(':').next().unwrap_or_default().to_owned())
    };
    let named = name(server).or_else(|| name(ServerId::MAIN)).unwrap_or_else(|| "_".to_owned());
    let aliases = own(server).all(&[SERVER_ALIAS]).flat_map(|own| own.directive.args());
    (named, aliases.map(ApacheValue::lossy).collect())
}

/// The sections around a place and itself, outermost first.
fn scope(place: apache::Place<'_, '_>) -> Vec<String> {
    let around = std::iter::successors(Some(place), |place| place.parent()).take(16);
    let mut scope: Vec<String> = around
        .filter(|place| {
            place.parent().is_none()
                || place.section().directive.is_some()
                || place.kind() == Section::Htaccess
        })
        .map(apache::Place::title)
        .collect();
    if scope.len() > 1 {
        // everything stands in the main server
        scope.pop();
    }
    scope.reverse();
    scope
}
