//! Two servers of one socket with the same name: nginx keeps the first and goes on with a warning.

use super::protection::{asks, compared};
use crate::config::nginx::{Directive, Value};
use crate::diagnostic::{Effect, Findings, Severity};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Address, Policy};
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

rule! {
    "nginx/conflicting-server-name" {
        reads: NginxPolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "a server_name is taken by an earlier server of the same socket, and this server never answers for it",
    }
}

const SERVER_NAME: [Id; 1] = [id!("server_name")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut taken =
        HashMap::<(&Address, Vec<u8>), (crate::policy::nginx::BlockId, Value<'_>)>::new();
    let mut told = HashSet::new();
    for listen in policy.listens() {
        let server = policy.place(listen.server);
        if !server.directive().is_some_and(Directive::is_certainly_here) {
            continue;
        }
        for name in server.own_all(&SERVER_NAME).flat_map(Directive::args) {
            let Some(text) = name.known() else { continue };
            let text = text.to_ascii_lowercase();
            if text.contains(&b'$') || text.starts_with(b"~") {
                continue;
            }
            let (first, by) =
                *taken.entry((&listen.address, text)).or_insert((listen.server, name));
            if first == listen.server || !told.insert((listen.server, name.location())) {
                continue;
            }
            let (before, now) = (asks(policy.place(first)), asks(server));
            let (severity, effect) = match (before.is_some(), now.is_some()) {
                (true, false) => (Severity::Error, Effect::Unwanted401),
                (false, true) => (Severity::Error, Effect::NotEnforced),
                _ => (Severity::Warning, Effect::Hygiene),
            };
            findings.push(
                RULE.at(name.location())
                    .message(format!(
                        "{} is taken by an earlier server on the same address and port: nginx ignores it here, and {}",
                        name.shown(),
                        compared(before, now)
                    ))
                    .label("ignored")
                    .related(by.location(), "taken here")
                    .severity(severity)
                    .effect(effect)
                    .help("remove the name from one of the two servers, or merge them"),
            );
        }
    }
}
