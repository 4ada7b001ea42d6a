//! What a check answers is not sent to the client: a session that the service renews ends.

use crate::config::nginx::variables;
use crate::diagnostic::Findings;
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{BlockId, Guard, Place, Policy};
use std::cell::OnceCell;
use std::collections::HashSet;

rule! {
    "nginx/auth-request-set-cookie-lost" {
        reads: NginxPolicy, severity: Info, effect: AuthLost, since: "0.1.0",
        summary: "the cookies that the check renews never reach the client",
    }
}

const SET: [Id; 1] = [id!("auth_request_set")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    let ports = OnceCell::new();
    for guard in policy.guards() {
        let Some(renews) = renews(&guard, || ports.get_or_init(|| cookie_ports(policy))) else {
            continue;
        };
        let brings = |place: &Place<'_, '_>| {
            let list = place.list(&SET);
            list.open.is_some()
                || list.directives.iter().any(|one| {
                    one.arg(1).is_some_and(|value| {
                        let text = value.decoded();
                        variables(&text).any(|one| {
                            one.name.starts_with(b"upstream_http_set_cookie")
                                || one.name.starts_with(b"upstream_cookie_")
                        })
                    })
                })
        };
        if guard.places.iter().any(|place| brings(place) || place.is_open())
            || !told.insert((guard.directive.words_location().file, guard.directive.id))
        {
            continue;
        }
        findings.push(
            RULE.at(guard.directive.words_location())
                .message(format!("{renews} renews its cookie in the answer to the check, and that answer is not sent to the client: sessions end early"))
                .help("add `auth_request_set $auth_cookie $upstream_http_set_cookie;` and `add_header Set-Cookie $auth_cookie;`"),
        );
    }
}

/// The ports, each behind a colon, of the servers behind others that set cookies.
fn cookie_ports(policy: &Policy<'_>) -> Vec<String> {
    let sets_cookies = |server: &&BlockId| {
        let here = policy.place(**server);
        std::iter::once(here).chain(here.descendants()).any(|place| {
            place
                .own_all(&[id!("add_header")])
                .any(|one| one.arg(0).is_some_and(|name| name.is_ignoring_case(b"set-cookie")))
        })
    };
    let servers = policy.inner_servers().iter().filter(sets_cookies);
    let requests = servers.filter_map(|server| policy.place(*server).request_for(b"/"));
    requests.map(|request| format!(":{}", request.destination.port())).collect()
}

/// What is known to set cookies when it is asked: a server of this configuration that does, or oauth2-proxy by its path.
fn renews<'c>(
    guard: &Guard<'_, '_>,
    ports: impl FnOnce() -> &'c Vec<String>,
) -> Option<&'static str> {
    if guard.uri.ends_with(b"/oauth2/auth") {
        return Some("oauth2-proxy");
    }
    let pass = guard.target.handler().filter(|handler| handler.is("proxy_pass"))?.arg(0)?;
    let url = pass.known()?;
    let leads_to = |port: &String| url.windows(port.len()).any(|part| part == port.as_bytes());
    ports().iter().any(leads_to).then_some("the service")
}
