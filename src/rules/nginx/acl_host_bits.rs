//! `allow 192.0.2.7/24` is the whole network: nginx drops the bits below the length and says so only in a warning.

use crate::config::address::network;
use crate::config::nginx::{Directive, Site};
use crate::diagnostic::{Edit, Findings, Safety};

rule! {
    "nginx/acl-host-bits" {
        reads: Nginx, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "allow or deny names an address with the length of a network, and the whole network is taken",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for name in ["allow", "deny"] {
        let net = |directive: Directive<'_>| network(&directive.arg(0)?.known()?);
        let has_bits = |directive| net(directive).is_some_and(|net| net != net.trunc());
        for directive in site.directives_where(name, has_bits) {
            let (Some(value), Some(net)) = (directive.arg(0), net(directive)) else { continue };
            let whole = net.trunc();
            let verb = if name == "allow" { "lets in" } else { "keeps out" };
            findings.push(
                RULE.at(value.location())
                    .message(format!("`{name} {net}` {verb} the whole network {whole}, not only {}", net.addr()))
                    .help(format!("write `{name} {};` for the one address, or `{name} {whole};` for the network", net.addr()))
                    .fix(
                        Safety::Manual,
                        "name the network that nginx takes",
                        vec![Edit::replace(value.location(), whole.to_string())],
                    ),
            );
        }
    }
}
