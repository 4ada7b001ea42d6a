//! Request headers with an underscore that the server in front drops and the one behind would take.

use crate::config::nginx::Directive;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::grammar::nginx::id;
use crate::policy::nginx::{Effective, Place, Policy};
use std::collections::HashSet;

rule! {
    "nginx/underscore-header" {
        reads: NginxPolicy, severity: Info, effect: AuthLost, since: "0.1.0",
        summary: "request headers with an underscore are dropped in front of a server that takes them",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if !policy.site.has(id!("underscores_in_headers")) {
        return;
    }
    let mut told = HashSet::new();
    for passing in policy.passings().filter(|passing| !passing.module.is_application()) {
        let behind = passing.behind();
        let Some(takes) = behind.into_iter().find_map(takes_underscores) else { continue };
        let Some(server) = passing.place.server() else { continue };
        if server.is_open() || !drops_underscores(server) || !told.insert(server.block) {
            continue;
        }
        let Some(directive) = server.directive() else { continue };
        let finding = RULE
            .at(passing.pass.words_location())
            .message("this server drops request headers with an underscore: a client's `api_key` and the like never get to the server behind, which takes them")
            .label("handed on without them")
            .related(takes.words_location(), "takes such headers")
            .help("write `underscores_in_headers on;` in this server, too")
            .fix(Safety::Unsafe, "take such headers", vec![Edit::insert(
                directive.at(crate::source::Span::empty(directive.node().body.start)),
                " underscores_in_headers on;",
            )]);
        findings.push(finding);
    }
}

/// The directive with which a server takes headers with underscores.
fn takes_underscores<'p>(server: Place<'_, 'p>) -> Option<Directive<'p>> {
    let on = server.effective(id!("underscores_in_headers")).set()?;
    on.arg(0).is_some_and(|value| value.is_ignoring_case(b"on")).then_some(on)
}

fn drops_underscores(server: Place<'_, '_>) -> bool {
    let keeps_invalid = server.effective(id!("ignore_invalid_headers")).set();
    takes_underscores(server).is_none()
        && !matches!(server.effective(id!("underscores_in_headers")), Effective::Unknown(_))
        && keeps_invalid.is_none()
}
