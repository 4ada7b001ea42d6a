//! Rules about addresses in a server that only another server of the same configuration talks to: they see its address.

use crate::config::address::network;
use crate::config::nginx::{Directive, variables};
use crate::diagnostic::{Effect, Findings};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Address, AddressRule, Covers, Passing, Place, Policy};
use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr};

rule! {
    "nginx/ip-acl-behind-proxy" {
        reads: NginxPolicy, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "rules about addresses behind a proxy of the same configuration see the proxy, not the client",
    }
}

const FROM: [Id; 1] = [id!("set_real_ip_from")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let binds = policy.site.has(id!("proxy_bind"));
    let mut told = HashSet::new();
    for place in policy.locations_and_servers() {
        let Some(pass) = place.server().and_then(|server| server.fronts().next()) else { continue };
        let from = place.list(&FROM);
        if from.open.is_some()
            || !from.directives.is_empty()
            || place.is_open()
            || place.is_internal()
            // the rules may name the address that a proxy comes from
            || binds && place.server().is_some_and(|server| server.fronts().any(is_bound))
        {
            continue;
        }
        let Some((line, effect, what)) =
            by_rules(place).or_else(|| by_variable(policy, place)).or_else(|| by_link(place))
        else {
            continue;
        };
        if !line.is_certainly_here() || !told.insert(line.words_location()) {
            continue;
        }
        findings.push(
            RULE.at(line.words_location())
                .message(format!("requests come here from a proxy of this configuration, and {what}"))
                .label("sees the address of the proxy")
                .related(pass.pass.words_location(), "hands requests on to this server")
                .effect(effect)
                .help("tell this server whom to believe: `set_real_ip_from 127.0.0.1;` and `real_ip_header X-Real-IP;` with `proxy_set_header X-Real-IP $remote_addr;` in front; or put the rule in front"),
        );
    }
}

/// Whether requests are sent from an address that `proxy_bind` names.
fn is_bound(passing: Passing<'_, '_>) -> bool {
    let bind = passing.place.effective(id!("proxy_bind")).set();
    bind.and_then(|bind| bind.arg(0)).is_some_and(|address| !address.is(b"off"))
}

/// The first `allow` or `deny` that concerns a proxy on the same machine, where clients meet what it says.
fn by_rules<'p>(place: Place<'_, 'p>) -> Option<(Directive<'p>, Effect, &'static str)> {
    let list = place.addresses();
    if list.is_open {
        return None;
    }
    let proxy = IpAddr::V4(Ipv4Addr::LOCALHOST);
    // who comes in by a UNIX socket has no address
    let server = place.server()?.block;
    let mut listens = place.policy.listens().iter().filter(|listen| listen.server == server);
    let has_socket = listens.clone().any(|listen| matches!(listen.address, Address::Unix(_)));
    let has_address = listens.any(|listen| matches!(listen.address, Address::Ip(..)));
    let decides = list.rules.iter().find(|rule| match rule.covers {
        Covers::Everybody => true,
        Covers::Network(network) => has_address && network.contains(&proxy),
        Covers::Unix => has_socket,
        Covers::Unknown => false,
    })?;
    let AddressRule { directive, allows, .. } = *decides;
    let has_login = place.login().is_some();
    let any = place.satisfy_any().is_some();
    if !allows && !any {
        return Some((
            directive,
            Effect::Unwanted403,
            "this rule keeps all of them out: every request is answered 403",
        ));
    }
    if !allows && has_login {
        return Some((directive, Effect::Unwanted401, "no address is ever let in without a login"));
    }
    (allows && any && has_login).then_some((
        directive,
        Effect::NotEnforced,
        "all of them have an allowed address: nobody is ever asked for the login",
    ))
}

/// A `geo` block of the client's address that decides about the login.
fn by_variable<'p>(
    policy: &Policy<'p>,
    place: Place<'_, 'p>,
) -> Option<(Directive<'p>, Effect, &'static str)> {
    let realm = place.effective(id!("auth_basic")).set()?;
    let text = realm.arg(0)?.known()?;
    let name = variables(&text).next()?.name.to_ascii_lowercase();
    let geo = policy.maps.get(&name).filter(|map| map.is("geo"))?;
    if geo.args().len() != 1 || geo.children().any(|line| line.is("proxy")) {
        return None;
    }
    let proxy = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let line = geo.children().find(|line| {
        line.name_value()
            .known()
            .and_then(|key| network(&key))
            .is_some_and(|network| network.contains(&proxy))
    });
    let off = line.is_some_and(|line| line.arg(0).is_some_and(|value| value.is(b"off")));
    if off {
        return Some((
            line?,
            Effect::NotEnforced,
            "all of them have this address: nobody is ever asked for the login",
        ));
    }
    let others = geo.children().any(|line| line.arg(0).is_some_and(|value| value.is(b"off")));
    others.then_some((
        *geo,
        Effect::Unwanted401,
        "none of them has an address that is exempt from the login",
    ))
}

/// A signed link that holds the client's address.
fn by_link<'p>(place: Place<'_, 'p>) -> Option<(Directive<'p>, Effect, &'static str)> {
    let link = place.own(id!("secure_link_md5"))?;
    let text = link.arg(0)?.known()?;
    let mut names = variables(&text);
    names.any(|variable| variable.name == b"remote_addr").then_some((
        link,
        Effect::Unwanted403,
        "`$remote_addr` in the signed text is that of the proxy: no link fits",
    ))
}
