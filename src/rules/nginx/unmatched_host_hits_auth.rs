//! A server with a login that is the default one by its order alone: hosts that no server names end up there.

use super::protection::asks;
use crate::diagnostic::Findings;
use crate::grammar::nginx::id;
use crate::policy::nginx::{Address, Listen, Policy};
use std::collections::{HashMap, HashSet};

rule! {
    "nginx/unmatched-host-hits-auth" {
        reads: NginxPolicy, severity: Info, effect: Unwanted401, since: "0.1.0",
        summary: "hosts that no server_name covers end up at a login, because its server comes first",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let names = id!("server_name");
    let mut first = HashMap::<&Address, &Listen<'_>>::new();
    let mut chosen = HashSet::<&Address>::new();
    for listen in policy.listens() {
        first.entry(&listen.address).or_insert(listen);
        if listen.is_default {
            chosen.insert(&listen.address);
        }
    }
    let mut told = HashSet::new();
    for listen in policy.listens() {
        let default = first[&listen.address];
        if default.server == listen.server || chosen.contains(&listen.address) {
            continue;
        }
        let (caught, server) = (policy.place(default.server), policy.place(listen.server));
        let (Some(login), Some(own), Some(other)) =
            (caught.login(), caught.own(names), server.own(names))
        else {
            continue;
        };
        let is_host = own
            .arg(0)
            .and_then(crate::config::nginx::Value::known)
            .is_some_and(|name| name.contains(&b'.'));
        if !is_host
            || asks(server).is_some()
            || !other.is_certainly_here()
            || !told.insert(default.server)
        {
            continue;
        }
        findings.push(
            RULE.at(other.words_location())
                .message("a host that no server names, such as another spelling of this one, is answered by the first server, and asked for its login")
                .label("other hosts do not come here")
                .related(own.words_location(), "answers for them, because it comes first")
                .related(login.words_location(), "asks them for a login")
                .help("write `default_server` into the `listen` of the server that is meant for them"),
        );
    }
}
