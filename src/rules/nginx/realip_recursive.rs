//! Two proxies in a row, and only the last address of the header is read: it is that of a proxy.

use crate::config::nginx::{Directive, Value};
use crate::diagnostic::{Findings, Severity};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Effective, Kind, Passing, Policy};
use std::collections::HashSet;

rule! {
    "nginx/realip-recursive" {
        reads: NginxPolicy, severity: Info, effect: Unwanted403, since: "0.1.0",
        summary: "several proxies are trusted, and the address of one of them is taken for the client's",
    }
}

const FROM: [Id; 1] = [id!("set_real_ip_from")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for place in policy.places().filter(|place| place.kind() == Kind::Server) {
        let from = place.list(&FROM);
        let Some(header) = place.effective(id!("real_ip_header")).set() else { continue };
        let is_list = header.arg(0).is_some_and(|name| name.is_ignoring_case(b"x-forwarded-for"));
        let recursive = match place.effective(id!("real_ip_recursive")) {
            Effective::Set(line, _) => {
                line.arg(0).is_none_or(|value| !value.is_ignoring_case(b"off"))
            }
            Effective::Unset => false,
            Effective::Unknown(_) => true,
        };
        if from.open.is_some()
            || from.directives.len() < 2
            || !is_list
            || recursive
            || !header.is_certainly_here()
            || !told.insert(header.words_location())
        {
            continue;
        }
        // a proxy in front of the proxy in front, each of which adds to the header
        let chain = place.fronts().find_map(|near| {
            let line = adds(near)?;
            near.place.server()?.fronts().find_map(adds).map(|_| line)
        });
        let finding = RULE
            .at(header.words_location())
            .message("several proxies are trusted, but only the last address of the header is read: behind two of them it is that of the first proxy, not the client's")
            .label("the last address only")
            .related(from.directives[1].words_location(), "a second proxy")
            .help("add `real_ip_recursive on;`: then trusted addresses are passed over");
        findings.push(match chain {
            Some(line) => finding
                .related(line.words_location(), "adds the address of the proxy before it")
                .severity(Severity::Warning),
            None => finding,
        });
    }
}

/// Where a proxy adds the address that it sees to X-Forwarded-For.
fn adds<'p>(front: Passing<'_, 'p>) -> Option<Directive<'p>> {
    let line = front.sets(b"x-forwarded-for")?;
    let value = line.arg(1).and_then(Value::known)?;
    (*value == *b"$proxy_add_x_forwarded_for").then_some(line)
}
