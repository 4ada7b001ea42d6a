//! A server on one address takes every connection to it, whatever the name: a server on all addresses is not asked.

use super::protection::asks;
use crate::config::nginx::{Directive, Value};
use crate::diagnostic::{Edit, Effect, Findings, Safety, Severity};
use crate::grammar::nginx::id;
use crate::policy::nginx::{Address, Listen, Place, Policy};
use crate::source::Span;
use std::collections::{HashMap, HashSet};

rule! {
    "nginx/listen-shadowed" {
        reads: NginxPolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "a server listens on all addresses, and another one on an address of its own takes its requests there",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    // the sockets that are bound to one address, by family and port
    let mut bound = HashMap::<(bool, u16), Vec<&Listen<'_>>>::new();
    for listen in policy.listens() {
        if let Address::Ip(ip, port) = &listen.address
            && !ip.is_unspecified()
        {
            bound.entry((ip.is_ipv4(), *port)).or_default().push(listen);
        }
    }
    let mut told = HashSet::new();
    for listen in policy.listens() {
        let Address::Ip(ip, port) = &listen.address else { continue };
        let (true, Some(directive)) = (ip.is_unspecified(), listen.directive) else { continue };
        let server = policy.place(listen.server);
        let Some(name) = host(server).filter(|_| directive.is_certainly_here()) else { continue };
        let others = bound.get(&(ip.is_ipv4(), *port)).map(Vec::as_slice).unwrap_or_default();
        // each address once: the server that answers there for this name is its first
        let Some(other) = others.first() else { continue };
        let there = |one: &&&Listen<'_>| one.address == other.address;
        if others.iter().filter(there).any(|one| one.server == listen.server) || others.len() > 50 {
            continue;
        }
        let taker = policy.place(other.server);
        let (Some(named), Some(at)) = (host(taker), other.directive) else { continue };
        let (before, now) = (asks(taker), asks(server));
        let effect = match (before.is_some(), now.is_some()) {
            (true, false) => Effect::Unwanted401,
            (false, true) => Effect::NotEnforced,
            _ => continue,
        };
        if named.known() == name.known() || !told.insert(directive.words_location()) {
            continue;
        }
        let address = at.arg(0).map(Value::lossy).unwrap_or_default();
        let follows = if effect == Effect::Unwanted401 {
            "its visitors there are asked for the login of the other server"
        } else {
            "nobody is asked for its login there"
        };
        let mut finding = RULE
            .at(directive.words_location())
            .message(format!(
                "requests for {} that come in at `{address}` never reach this server: one that is bound to the address itself takes all of them, and {follows}",
                name.shown()
            ))
            .label("all addresses but those with servers of their own")
            .related(at.words_location(), "takes every name at this address")
            .severity(Severity::Warning)
            .effect(effect)
            .depends_on(format!("whether clients of {} connect to `{address}`", name.lossy()))
            .help(format!("add `listen {address};` to this server too, or write the same `listen` in both"));
        if directive.args().len() == 1 && at.args().len() == 1 {
            let end = directive.at(Span::empty(directive.node().span.end));
            finding = finding.fix(
                Safety::Unsafe,
                format!("listen on {address}, too"),
                vec![Edit::insert(end, format!(" listen {address};"))],
            );
        }
        findings.push(finding);
    }
}

/// The first name of a server that is one of a host, and no pattern.
fn host<'p>(server: Place<'_, 'p>) -> Option<Value<'p>> {
    let names = server.own(id!("server_name"))?;
    let is_host = |name: &Value<'_>| {
        name.known().is_some_and(|text| {
            text.contains(&b'.')
                && !text.contains(&b'$')
                && !text.starts_with(b"~")
                && !text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
        })
    };
    Directive::args(names).find(is_host)
}
