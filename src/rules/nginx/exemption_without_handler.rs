//! A location of its own has no handler but its own: a script that is exempt from the login and not handed on is a file.

use super::evidence::evidence;
use crate::config::nginx::Directive;
use crate::diagnostic::Findings;
use crate::grammar::nginx::id;
use crate::policy::nginx::{BlockId, Effective, Kind, Matcher, Place, Policy};
use std::collections::HashMap;

rule! {
    "nginx/exemption-without-handler" {
        reads: NginxPolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "a location that only switches the login off for a script sends the script's source",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut scripts: HashMap<BlockId, Option<Directive<'_>>> = HashMap::new();
    for place in policy.places() {
        if place.kind() != Kind::Location || !place.is_exempt() || !serves_files(place) {
            continue;
        }
        let policy_block = policy.get(place.block);
        let Some(Matcher::Exact(path) | Matcher::Prefix { path, no_regex: true }) =
            &policy_block.matcher
        else {
            continue;
        };
        let (Some(location), Some(server)) = (place.directive(), place.server()) else { continue };
        if !path.ends_with(b".php") || !location.is_certainly_here() || place.is_open() {
            continue;
        }
        let handler = *scripts.entry(server.block).or_insert_with(|| php_handler(server));
        let Some(handler) = handler else { continue };
        let name = String::from_utf8_lossy(path).into_owned();
        let finding = RULE
            .at(location.words_location())
            .message(format!(
                "this location takes {name} away from the one that runs PHP, and has no fastcgi_pass of its own: the source is sent to everybody"
            ))
            .label("a file like any other")
            .related(handler.words_location(), "runs scripts in its own location only")
            .help("repeat here what the PHP location says: fastcgi_pass and its parameters");
        findings
            .push_with(finding, || place.request().and_then(|request| evidence(policy, &request)));
    }
}

/// Whether nothing in a location answers but a file.
fn serves_files(place: Place<'_, '_>) -> bool {
    let block = place.policy.get(place.block);
    place.handler().is_none()
        && block.code().is_empty()
        && block.blocks.is_empty()
        && place.own(id!("try_files")).is_none()
        && place.own(id!("internal")).is_none()
        && !place.has_stranger()
        && matches!(place.effective(id!("internal")), Effective::Unset)
}

/// What runs the PHP scripts of a server: the handler of a location for names that end in `.php`.
fn php_handler<'p>(server: Place<'_, 'p>) -> Option<Directive<'p>> {
    const PASSES: [&str; 4] = ["fastcgi_pass", "uwsgi_pass", "proxy_pass", "scgi_pass"];
    server.descendants().find_map(|place| {
        let Some(Matcher::Regex { pattern, .. }) = &place.policy.get(place.block).matcher else {
            return None;
        };
        let is_php = memchr::memmem::find(pattern, b"php").is_some();
        place.handler().filter(|handler| is_php && PASSES.contains(&&*handler.name()))
    })
}
