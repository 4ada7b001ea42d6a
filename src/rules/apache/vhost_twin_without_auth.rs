//! Two virtual hosts serve the same site, and only one of them asks for a login.

use super::reading::{given, read};
use crate::config::apache::Value;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::answer::Outcome;
use crate::policy::apache::{Kind, Matcher, Place, Policy, ServerId};
use crate::policy::files::Files;
use std::collections::{HashMap, HashSet};

rule! {
    "apache/vhost-twin-without-auth" {
        reads: ApachePolicy, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "two virtual hosts serve the same folder or server, and only one of them asks for a login",
    }
}

const DOCUMENT_ROOT: Id = id("DocumentRoot");
const PROXY_PASS: Id = id("ProxyPass");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if policy.servers.len() < 3 || policy.is_open() {
        return;
    }
    // the hosts by what they serve
    let mut numbers: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut twins: Vec<Vec<ServerId>> = Vec::new();
    let mut of_host: Vec<Option<usize>> = vec![None];
    let main = main_root(policy);
    for (index, server) in policy.servers.iter().enumerate().skip(1) {
        let what = served(policy.at(server.defaults), main.as_deref());
        let number = what.map(|what| *numbers.entry(what).or_insert(twins.len()));
        of_host.push(number);
        let Some(number) = number else { continue };
        if number == twins.len() {
            twins.push(Vec::new());
        }
        twins[number].push(ServerId(index as u32));
    }
    if twins.iter().all(|hosts| hosts.len() < 2) {
        return;
    }
    // what hosts say about the same folder or path is mostly the same login
    let asking: HashSet<(ServerId, Kind, &Matcher)> = policy
        .places()
        .filter(|place| place.own_login().is_some())
        .map(|place| (place.server(), place.kind(), &place.section().matcher))
        .collect();
    let mut told = HashSet::new();
    for place in policy.places() {
        if place.server() == ServerId::MAIN
            || !matches!(place.kind(), Kind::Location | Kind::Directory)
            || place.own_login().is_none()
        {
            continue;
        }
        let Some(number) = of_host[place.server().index()] else { continue };
        for &other in twins[number].iter().filter(|other| **other != place.server()).take(3) {
            if asking.contains(&(other, place.kind(), &place.section().matcher))
                || told.contains(&other)
                || is_private(policy, other) && !is_private(policy, place.server())
            {
                continue;
            }
            if let Some(finding) = look(place, other) {
                told.insert(other);
                findings.push(finding);
            }
        }
    }
}

/// The folder of hosts that name none. One without a folder of its own may be there for what is handed on.
fn main_root(policy: &Policy<'_>) -> Option<Vec<u8>> {
    let is_plain = read(&policy.site, "ProxyPass").next().is_none();
    root(policy.at(policy.servers[0].defaults)).filter(|_| is_plain)
}

fn root(host: Place<'_, '_>) -> Option<Vec<u8>> {
    let root = host.own(DOCUMENT_ROOT)?.directive.arg(0)?.known()?;
    Some(super::sections::trimmed(&root).to_vec())
}

/// The folder or the server that a host is for.
fn served(host: Place<'_, '_>, main: Option<&[u8]>) -> Option<Vec<u8>> {
    let pass = host
        .all(const { &[PROXY_PASS] })
        .find(|own| own.directive.arg(0).is_some_and(|path| path.is(b"/")));
    let pass = pass.and_then(|own| own.directive.arg(1)?.known());
    let pass = pass.filter(|pass| **pass != *b"!").map(std::borrow::Cow::into_owned);
    pass.or_else(|| match host.own(DOCUMENT_ROOT) {
        Some(_) => root(host),
        None => main.map(<[u8]>::to_vec),
    })
}

/// Whether only clients on the machine itself reach a host.
fn is_private(policy: &Policy<'_>, server: ServerId) -> bool {
    let head = policy.servers[server.index()].directive;
    let mut addresses =
        head.into_iter().flat_map(|head| head.args().filter_map(Value::known).collect::<Vec<_>>());
    addresses.all(|address| {
        address.starts_with(b"127.")
            || address.starts_with(b"[::1]")
            || address.starts_with(b"localhost")
    })
}

fn look(place: Place<'_, '_>, other: ServerId) -> Option<crate::diagnostic::Finding> {
    let policy = place.policy;
    let request = place.request()?;
    let files = Files::none(policy.site.project);
    if !policy.predict(files, &request).is_status(401) {
        return None;
    }
    let twin = policy.at(policy.servers[other.index()].defaults);
    let open = twin.request_for(&request.target)?;
    let prediction = policy.predict(files, &open);
    let is_closed = prediction.possible.iter().any(|outcome| {
        matches!(outcome, Outcome::Anything | Outcome::Answered(401 | 403 | 500 | 300..=399))
    });
    // a name of its own is a site of its own, unless it shows the same
    let head = policy.servers[other.index()].directive?;
    if is_closed {
        return None;
    }
    let login = place.own_login()?;
    let shown = String::from_utf8_lossy(&request.target).into_owned();
    let finding = RULE
        .at(head.location())
        .message(format!(
            "this virtual host serves the same as another one, but without its login: {shown} is open here"
        ))
        .related(login.directive.location(), format!("asks for a login for {shown} in the other one only"))
        .help("write the login in both, or in a `<Directory>` outside of virtual hosts, or redirect from here to the other one");
    Some(given(finding, head))
}
