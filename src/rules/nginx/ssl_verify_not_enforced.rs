//! A client certificate that is asked for and not required: whoever has none, or one of their own making, gets in.

use crate::config::nginx::{BlockKey, Directive, Value};
use crate::diagnostic::{Findings, Severity};
use crate::grammar::nginx::{self as grammar, Id, id};
use crate::policy::nginx::{Kind, Place, Policy};
use std::collections::HashMap;

rule! {
    "nginx/ssl-verify-not-enforced" {
        reads: NginxPolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "a client certificate is optional, and nothing looks at whether one was verified",
    }
}

/// Directives that only write down what they are given.
const LOGS: [Id; 2] = [id!("log_format"), id!("access_log")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let verify = id!("ssl_verify_client");
    if !policy.site.has(verify) {
        return;
    }
    let is_logged = |line: Directive<'_>| {
        LOGS.iter().any(|log| line.known().is_some_and(|known| known.id == *log))
    };
    // what is outside of servers concerns all of them; a log does not decide anything
    let mut looked_at = Vec::new();
    for (line, _) in policy.site.values_with_variable(|rest| {
        rest.strip_prefix(b"{").unwrap_or(rest).starts_with(b"ssl_client_")
    }) {
        if !is_logged(line) {
            looked_at.push(line);
        }
    }
    let is_code = |name: &str| {
        name.contains("_by_lua") || name.starts_with("js_") || name.starts_with("perl")
    };
    let has_code = grammar::all().iter().any(|one| is_code(one.name) && policy.site.has(one.id))
        || policy.site.unknown_directives().any(|line| is_code(&line.name()));
    let looked_at = by_server(&looked_at);
    for place in policy.places().filter(|place| place.kind() == Kind::Server) {
        let Some(line) = place.own(verify).filter(|line| line.is_certainly_here()) else {
            continue;
        };
        let Some(value) = line.arg(0).and_then(Value::known) else { continue };
        let is_any = &*value == b"optional_no_ca";
        if !is_any && &*value != b"optional" || has_code || is_open_inside(place) {
            continue;
        }
        let outside = looked_at.get(&None).into_iter().flatten();
        let inside = place
            .directive()
            .and_then(|server| looked_at.get(&Some((server.inclusion, server.id))));
        let mut mine: Vec<_> = outside.chain(inside.into_iter().flatten()).collect();
        mine.sort_by_key(|(order, _)| *order);
        let compares = |one: &Directive<'_>, text: &[u8]| {
            one.is("if")
                && one.args().any(|word| {
                    let word = word.decoded();
                    word.strip_suffix(b")").unwrap_or(&word) == text
                })
        };
        // with `optional`, a certificate that does not verify is refused by nginx itself, and NONE is all that is left
        let only_none =
            is_any && !mine.is_empty() && mine.iter().all(|(_, one)| compares(one, b"NONE"));
        if !mine.is_empty() && !only_none {
            continue;
        }
        let message = if only_none {
            "any certificate will do, one of the client's own making as well: only requests without one are refused, and `FAILED` is let in like `SUCCESS`"
        } else {
            "a client certificate is asked for, and nothing looks at the result: requests without one are answered like those with"
        };
        let mut finding = RULE
            .at(line.words_location())
            .message(message)
            .label("not required")
            .help("require it: `ssl_verify_client on;`, or where some paths shall be open, `if ($ssl_client_verify != SUCCESS) { return 403; }` in the others");
        if let Some((_, test)) = mine.first() {
            finding = finding.related(test.words_location(), "lets `FAILED:…` pass");
        }
        if has_other_login(place) {
            finding = finding.severity(Severity::Info);
        }
        findings.push(finding);
    }
}

/// Lines by the blocks named `server` around them, each with its place among all; those outside of any under `None`.
fn by_server<'p>(lines: &[Directive<'p>]) -> HashMap<BlockKey, Vec<(usize, Directive<'p>)>> {
    let mut servers = HashMap::<BlockKey, Vec<_>>::new();
    for (order, line) in lines.iter().enumerate() {
        if !line.ancestors().any(|block| block.is("server")) {
            servers.entry(None).or_default().push((order, *line));
            continue;
        }
        let around = line.inclusions().flat_map(Directive::ancestors);
        for server in around.filter(|block| block.is("server")) {
            let mine = servers.entry(Some((server.inclusion, server.id))).or_default();
            if mine.last().is_none_or(|(last, _)| *last != order) {
                mine.push((order, *line));
            }
        }
    }
    servers
}

/// Whether an include in the server is not here.
fn is_open_inside(server: Place<'_, '_>) -> bool {
    server.is_open()
        || server.descendants().any(|inner| inner.policy.get(inner.block).open.is_some())
}

/// Whether the certificate is one way in beside another.
fn has_other_login(server: Place<'_, '_>) -> bool {
    server.login().is_some()
}
