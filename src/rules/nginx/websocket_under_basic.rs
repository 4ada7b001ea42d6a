//! A script cannot give a password to a WebSocket, and not every browser sends the one it has.

use crate::config::nginx::Directive;
use crate::diagnostic::Findings;
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Basic, Policy};
use std::collections::HashSet;

rule! {
    "nginx/websocket-under-basic" {
        reads: NginxPolicy, severity: Info, effect: Unwanted401, since: "0.1.0",
        summary: "a WebSocket behind a password: some browsers send none with the handshake",
    }
}

const SET: [Id; 1] = [id!("proxy_set_header")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let upgrades = |one: Directive<'_>| {
        one.arg(0).is_some_and(|name| name.is_ignoring_case(b"upgrade"))
            && one.arg(1).is_some_and(|value| value.is(b"$http_upgrade"))
    };
    if !policy.site.has_line("proxy_set_header", upgrades) {
        return;
    }
    let mut told = HashSet::new();
    for place in policy.locations_and_servers() {
        let upgrade = place.own_all(&SET).find(|one| upgrades(*one));
        let (Some(upgrade), Basic::On(realm, _)) = (upgrade, place.basic()) else { continue };
        if place.satisfy_any().is_some()
            || place.is_open()
            || !told.insert((upgrade.words_location().file, upgrade.id))
        {
            continue;
        }
        findings.push(
            RULE.at(upgrade.words_location())
                .message("WebSockets pass here behind a Basic login: scripts cannot send a password with the handshake, and Safari does not send the one it has")
                .related(realm.words_location(), "asks for it")
                .help("give the path of the WebSocket a location without the login, and let the application check a cookie or a ticket"),
        );
    }
}
