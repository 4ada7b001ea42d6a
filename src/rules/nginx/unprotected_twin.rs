//! The same site twice, once with a login and once without.

use super::protection::asks;
use crate::config::nginx::{Directive, Value};
use crate::diagnostic::{Findings, Severity};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Basic, Place, Policy};
use std::collections::{HashMap, HashSet};

rule! {
    "nginx/unprotected-twin" {
        reads: NginxPolicy, severity: Info, effect: NotEnforced, since: "0.1.0",
        summary: "a server answers for the same name with the same files as another one, without its login",
    }
}

const CODE: [Id; 2] = [id!("return"), id!("rewrite")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let names = id!("server_name");
    // the servers with a login, by name and root
    let mut protected = HashMap::<(Vec<u8>, Vec<u8>), (Place<'_, '_>, Directive<'_>)>::new();
    let mut open = Vec::new();
    let mut seen = HashSet::new();
    for listen in policy.listens() {
        let server = policy.place(listen.server);
        let (true, Some(line), Some(root)) =
            (seen.insert(listen.server), server.own(names), root(server))
        else {
            continue;
        };
        for name in line.args().filter_map(Value::known).filter(|name| name.contains(&b'.')) {
            let key = (name.to_ascii_lowercase(), root.clone());
            match server.basic() {
                Basic::On(login, _) => {
                    protected.entry(key).or_insert((server, login));
                }
                _ => open.push((server, line, key)),
            }
        }
    }
    let mut told = HashSet::new();
    for (server, line, key) in open {
        let Some((other, login)) = protected.get(&key) else { continue };
        let has_rules = !server.is_certainly_open()
            || asks(server).is_some()
            || server.own_all(&CODE).next().is_some()
            || server
                .descendants()
                .any(|inner| inner.own_all(&CODE).next().is_some() || !inner.is_certainly_open());
        // on one socket the name belongs to the first of them
        if has_rules
            || share_a_socket(policy, server, *other)
            || server.is_open()
            || !line.is_certainly_here()
            || !told.insert(server.block)
        {
            continue;
        }
        findings.push(
            RULE.at(line.words_location())
                .message("this server answers for the same name with the same files as another one, and asks for no login: nobody has to pass the other's")
                .label("no login here")
                .related(login.words_location(), "the same site behind a login")
                .severity(Severity::Warning)
                .help("ask for the login here as well, or redirect: `return 301 https://$host$request_uri;`"),
        );
    }
}

/// Whether two servers listen on the same address and port.
fn share_a_socket(policy: &Policy<'_>, one: Place<'_, '_>, other: Place<'_, '_>) -> bool {
    let of = |server: Place<'_, '_>| {
        let own = policy.listens().iter().filter(move |listen| listen.server == server.block);
        own.map(|listen| &listen.address)
    };
    of(one).any(|address| of(other).any(|theirs| theirs == address))
}

fn root(server: Place<'_, '_>) -> Option<Vec<u8>> {
    let root = server.own(id!("root"))?.arg(0)?.known()?;
    (!root.contains(&b'$')).then(|| root.into_owned())
}
