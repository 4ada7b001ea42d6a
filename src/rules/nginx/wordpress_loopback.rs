//! WordPress asks itself over HTTP, without a password: for timed work, for tests of its own health, for edited files.

use crate::diagnostic::Findings;
use crate::grammar::nginx::id;
use crate::policy::nginx::{Basic, Kind, Policy};
use std::collections::HashSet;

rule! {
    "nginx/wordpress-loopback" {
        reads: NginxPolicy, severity: Info, effect: Unwanted401, since: "0.1.0",
        summary: "a password on the whole site keeps WordPress from asking itself: wp-cron.php and the REST API",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if !policy.site.has(id!("fastcgi_pass")) {
        return;
    }
    let mut told = HashSet::new();
    let servers = policy.places().filter(|place| place.kind() == Kind::Server);
    for server in servers.filter(|server| server.own(id!("auth_basic")).is_some()) {
        let Some(place) = policy.route(server.block, b"/wp-cron.php") else { continue };
        let Basic::On(realm, _) = place.basic() else { continue };
        let runs_php = place.handler().is_some_and(|handler| handler.is("fastcgi_pass"));
        if !runs_php
            || place.satisfy_any().is_some()
            || place.is_open()
            || !told.insert((realm.words_location().file, realm.id))
        {
            continue;
        }
        findings.push(
            RULE.at(realm.words_location())
                .message("where this is WordPress, it asks itself for /wp-cron.php and /wp-json/ without a password, and gets 401: timed posts and updates do not happen")
                .help("let its own address in: `satisfy any;` with `allow` for it and `deny all;`; or run wp-cron.php from the system's cron"),
        );
    }
}
