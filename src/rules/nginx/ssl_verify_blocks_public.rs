//! A client certificate that the whole server requires, and a location for clients that have none.

use crate::config::nginx::{Directive, shown};
use crate::diagnostic::Findings;
use crate::grammar::endpoints::{self, Endpoint, Purpose};
use crate::grammar::nginx::id;
use crate::policy::nginx::{Kind, Place, Policy};

rule! {
    "nginx/ssl-verify-blocks-public" {
        reads: NginxPolicy, severity: Info, effect: Unwanted403, since: "0.1.0",
        summary: "a server requires client certificates, and has a path for clients that have none",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let verify = id!("ssl_verify_client");
    if !policy.site.has(verify) {
        return;
    }
    for server in policy.places().filter(|place| place.kind() == Kind::Server) {
        let Some(line) = server.own(verify).filter(|line| is_required(*line)) else { continue };
        let mut listens = policy.listens().iter().filter(|listen| listen.server == server.block);
        if !listens.any(|listen| listen.ssl) {
            continue;
        }
        let public =
            server.descendants().find_map(|place| Some((place.directive()?, public(place)?)));
        let Some((location, endpoint)) = public else { continue };
        findings.push(
            RULE.at(line.words_location())
                .message(format!(
                    "a certificate is required before there is a location: {}, who ask for {}, have none and get 400",
                    endpoint.who,
                    shown(endpoint.path.as_bytes())
                ))
                .label("holds for every path of the server")
                .related(location.words_location(), "is never reached without one")
                .help("write `ssl_verify_client optional;`, and in the locations that need a certificate `if ($ssl_client_verify != SUCCESS) { return 403; }`; or give this path a server without"),
        );
    }
}

fn is_required(line: Directive<'_>) -> bool {
    line.is_certainly_here() && line.arg(0).is_some_and(|value| value.is_ignoring_case(b"on"))
}

/// What a location is for, where it is for clients that log in nowhere.
fn public(place: Place<'_, '_>) -> Option<&'static Endpoint> {
    let path =
        place.matched_path().filter(|_| place.kind() == Kind::Location && !place.is_internal())?;
    let endpoint = endpoints::find(path)?;
    (!matches!(endpoint.purpose, Purpose::Browser | Purpose::Agent)).then_some(endpoint)
}
