//! A password on all of `/wp-admin/` is one on `admin-ajax.php`, which the pages of every visitor ask.

use super::evidence::evidence;
use crate::diagnostic::Findings;
use crate::grammar::nginx::id;
use crate::policy::nginx::{Kind, Place, Policy};
use std::collections::HashSet;

rule! {
    "nginx/wordpress-admin-ajax" {
        reads: NginxPolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "the login for /wp-admin/ covers admin-ajax.php, which visitors' pages ask",
    }
}

const AJAX: &[u8] = b"/wp-admin/admin-ajax.php";

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for server in policy.places().filter(|place| place.kind() == Kind::Server) {
        if server.first_login().is_none() {
            continue;
        }
        let Some(place) = policy.route(server.block, AJAX) else { continue };
        let Some(login) = place.login() else { continue };
        // a password on everything is meant for everybody
        let is_site_open =
            policy.route(server.block, b"/index.php").is_some_and(Place::is_certainly_open);
        let is_open_to_some = place.satisfy_any().is_some();
        let runs_php = place
            .handler()
            .is_some_and(|handler| handler.is("fastcgi_pass") || handler.is("proxy_pass"));
        let around = location_of(place);
        if !is_site_open || is_open_to_some || !runs_php || place.is_open() {
            continue;
        }
        let Some(location) = around.directive() else { continue };
        if !told.insert((location.words_location().file, location.id)) {
            continue;
        }
        let finding = RULE
            .at(location.words_location())
            .message("this login covers /wp-admin/admin-ajax.php, which the pages of WordPress ask for visitors, too: browsers show them a password dialog")
            .related(login.words_location(), "asks for the login")
            .help("add `location = /wp-admin/admin-ajax.php` without a login, with what handles PHP in it");
        findings.push_with(finding, || {
            server.request_for(AJAX).and_then(|request| evidence(policy, &request))
        });
    }
}

/// The outermost location around `place` that has its login.
fn location_of<'r, 'p>(place: Place<'r, 'p>) -> Place<'r, 'p> {
    let login = [id!("auth_basic"), id!("auth_request")];
    let mut at = place;
    while let Some(outer) = at.parent().filter(|outer| outer.kind() == Kind::Location) {
        if at.own_all(&login).next().is_some() {
            break;
        }
        at = outer;
    }
    at
}
