//! The subrequest of `auth_request` has the client's headers and no body: with the client's Content-Length, a service that
//! reads the body waits for one that never comes.

use crate::config::nginx::Directive;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Guard, Matcher, Place, Policy};
use std::collections::HashSet;

rule! {
    "nginx/auth-request-content-length" {
        reads: NginxPolicy, severity: Warning, effect: ServerError, since: "0.1.0",
        summary: "the check is sent the Content-Length of a body that it does not get: requests with a body hang",
    }
}

const SET: Id = id!("proxy_set_header");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for guard in policy.guards() {
        let target = guard.target;
        let Some(pass) = target.handler().filter(|handler| handler.is("proxy_pass")) else {
            continue;
        };
        let passes_none = target
            .effective(id!("proxy_pass_request_headers"))
            .set()
            .and_then(|passes| passes.arg(0))
            .is_some_and(|passes| !passes.is(b"on"));
        if passes_none
            || !is_for_the_check(target)
            || target.sets(SET, b"content-length") != Some(false)
            || !guards_bodies(&guard)
            || !told.insert((pass.words_location().file, pass.id))
        {
            continue;
        }
        let finding = RULE
            .at(pass.words_location())
            .message("the check is sent the client's Content-Length but no body: a service that reads the body waits until a timeout, and the client gets 500")
            .label("gets no body")
            .related(guard.directive.words_location(), "asks here")
            .help("add `proxy_pass_request_body off;` and `proxy_set_header Content-Length \"\";`");
        findings.push(if is_mendable(target) {
            let text = format!("proxy_set_header Content-Length \"\";\n{}", indent(pass));
            finding.fix(
                Safety::Safe,
                "clear Content-Length",
                vec![Edit::insert(pass.words_location(), text)],
            )
        } else {
            finding
        });
    }
}

/// Whether the location was written for the check: what takes every path, or whatever a pattern takes, may only have caught it.
fn is_for_the_check(target: Place<'_, '_>) -> bool {
    matches!(
        &target.policy.get(target.block).matcher,
        Some(Matcher::Exact(path) | Matcher::Prefix { path, .. }) if path.len() > 1
    )
}

/// Whether anything that the check guards takes requests with a body.
fn guards_bodies(guard: &Guard<'_, '_>) -> bool {
    guard.places.iter().any(|place| {
        place.block != guard.target.block
            && place.handler().is_some_and(|handler| {
                handler.name().ends_with("_pass") && !handler.is("memcached_pass")
            })
    })
}

/// Whether one more header here takes none away that is inherited.
fn is_mendable(target: Place<'_, '_>) -> bool {
    target.own(SET).is_some() || target.list(&[SET]).directives.is_empty()
}

/// The blanks before a directive, where nothing else stands before it.
fn indent(directive: Directive<'_>) -> String {
    let start = directive.node().span.start as usize;
    let line: Vec<u8> = directive.source().bytes()[..start]
        .iter()
        .rev()
        .copied()
        .take_while(|byte| *byte != b'\n')
        .collect();
    if line.iter().all(|byte| matches!(byte, b' ' | b'\t')) {
        line.iter().rev().map(|byte| char::from(*byte)).collect()
    } else {
        " ".into()
    }
}
