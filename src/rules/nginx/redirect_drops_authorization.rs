//! Clients that follow a redirect to another scheme, host or port leave `Authorization` behind.

use crate::diagnostic::Findings;
use crate::grammar::nginx::id;
use crate::policy::nginx::{Kind, Place, Policy, status_of};
use crate::policy::request::Scheme;
use std::collections::HashSet;

rule! {
    "nginx/redirect-drops-authorization" {
        reads: NginxPolicy, severity: Info, effect: AuthLost, since: "0.1.0",
        summary: "a redirect of an API to another scheme, host or port: clients do not send Authorization there",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let protected: Vec<Place<'_, '_>> = policy
        .places()
        .filter(|place| place.kind() == Kind::Server && place.login().is_some() && !place.is_open())
        .collect();
    let mut told = HashSet::new();
    for place in policy.locations_and_servers() {
        if place.is_open() || protected.is_empty() {
            continue;
        }
        for own in place.own_all(&[id!("return")]) {
            let Some(301 | 302 | 303 | 307 | 308) = status_of(own) else { continue };
            let (Some(url), Some(server)) =
                (own.arg(1).and_then(|url| Some(url.known()?.into_owned())), place.server())
            else {
                continue;
            };
            // pages move without harm: programs that ask an API are who loses a login
            let is_api = place.path().is_some_and(|path| {
                path.windows(4).any(|part| part == b"/api")
                    || path.starts_with(b"/v2")
                    || path.starts_with(b"/v1")
            });
            let is_secure = url.starts_with(b"https://");
            let goes_to = protected
                .iter()
                .find(|to| to.block != server.block && is_secure && speaks_tls(**to));
            let Some(login) = goes_to.filter(|_| is_api).and_then(|to| to.login()) else {
                continue;
            };
            if !told.insert((own.words_location().file, own.id)) {
                continue;
            }
            findings.push(
                RULE.at(own.words_location())
                    .message("programs that follow this redirect do not send Authorization to another scheme, host or port, and get 401 there; the login has gone over the wire in clear by then")
                    .related(login.words_location(), "asks for a login")
                    .help("answer 403 with a text that names the right address, so that clients are mended"),
            );
        }
    }
    for server in policy.places().filter(|place| place.kind() == Kind::Server && !place.is_open()) {
        let on = server.effective(id!("server_name_in_redirect")).set();
        let Some(on) = on.filter(|on| on.arg(0).is_some_and(|on| on.is(b"on"))) else { continue };
        let names = server.own(id!("server_name")).map_or(0, |names| names.args().len());
        if server.login().is_none() || names < 2 || !told.insert((on.words_location().file, on.id))
        {
            continue;
        }
        findings.push(
            RULE.at(on.words_location())
                .message("redirects lead to the first server_name: clients that came by another name do not send Authorization there, and are asked for the login again")
                .help("remove it: redirects then keep the name that the client used"),
        );
    }
}

fn speaks_tls(server: Place<'_, '_>) -> bool {
    server.has_port(443) || server.request().is_some_and(|request| request.scheme == Scheme::Https)
}
