//! `proxy_pass_header` and its like let a response header through; a request header they neither pass nor keep.

use crate::config::nginx::{BlockKey, Directive, Effective, Inherited, Site};
use crate::diagnostic::{Edit, Effect, Findings, Safety, Severity};
use crate::source::Location;
use std::collections::HashMap;

rule! {
    "nginx/pass-header-is-for-responses" {
        reads: Nginx, severity: Warning, effect: AuthLost, since: "0.1.0",
        summary: "proxy_pass_header and its like name a request header, which they do nothing for",
    }
}

/// Each directive with what sets a request header, with how it names Authorization, and with what switches all of them off.
const MODULES: [(&str, &str, &str, &str); 5] = [
    ("fastcgi_pass_header", "fastcgi_param", "HTTP_AUTHORIZATION", "fastcgi_pass_request_headers"),
    ("grpc_pass_header", "grpc_set_header", "Authorization", ""),
    ("proxy_pass_header", "proxy_set_header", "Authorization", "proxy_pass_request_headers"),
    ("scgi_pass_header", "scgi_param", "HTTP_AUTHORIZATION", "scgi_pass_request_headers"),
    ("uwsgi_pass_header", "uwsgi_param", "HTTP_AUTHORIZATION", "uwsgi_pass_request_headers"),
];

/// Headers with credentials that only requests have.
const OF_REQUESTS: [&[u8]; 4] = [b"authorization", b"cookie", b"proxy-authorization", b"x-api-key"];

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (name, set, authorization, switch) in MODULES {
        let mut lines = site.occurrences(name).filter(|line| of_requests(*line)).peekable();
        if lines.peek().is_none() {
            continue;
        }
        let switch = Inherited::new(*site, switch);
        let mut emptied = HashMap::<BlockKey, Option<Location>>::new();
        for line in lines {
            let Some(header) = line.arg(0) else { continue };
            let finding = RULE
                .at(line.words_location())
                .message(format!(
                    "`{name}` is about response headers: the line does nothing for {} of requests",
                    header.shown()
                ))
                .label("does nothing");
            let off = match switch.at(line) {
                Effective::Set(switch) if switch.arg(0).is_some_and(|value| value.is(b"off")) => {
                    Some(switch.words_location())
                }
                _ => None,
            };
            let mut emptied = || {
                *emptied
                    .entry(line.block_key())
                    .or_insert_with(|| emptying(line, set, authorization))
            };
            findings.push(match off.or_else(|| header.is_ignoring_case(b"authorization").then(&mut emptied).flatten()) {
                Some(place) => finding
                    .related(place, "dropped here")
                    .help(format!("mend the line that drops the header, or write `{set} {authorization} $http_authorization;` for Authorization")),
                // it arrives without the line as well
                None => finding
                    .severity(Severity::Info)
                    .effect(Effect::Hygiene)
                    .help(format!("remove the line: nginx passes {} on by itself", header.shown()))
                    .fix(Safety::Safe, "remove the line", vec![Edit::delete(line.lines_location())]),
            });
        }
    }
}

fn of_requests(line: Directive<'_>) -> bool {
    line.arg(0).is_some_and(|header| OF_REQUESTS.iter().any(|name| header.is_ignoring_case(name)))
}

/// Where the block of `line` sends Authorization with an empty value, which drops it.
fn emptying(line: Directive<'_>, set: &str, authorization: &str) -> Option<Location> {
    let mut lines = line.siblings().filter(|other| other.is(set));
    let emptying = lines.find(|other| {
        other.arg(0).is_some_and(|name| name.is_ignoring_case(authorization.as_bytes()))
            && other.arg(1).is_some_and(|value| value.is(b""))
    });
    emptying.map(Directive::words_location)
}
