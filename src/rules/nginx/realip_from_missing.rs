//! `real_ip_header` without a trusted proxy: the header is never looked at.

use crate::config::nginx::Value;
use crate::diagnostic::Findings;
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::Policy;

rule! {
    "nginx/realip-from-missing" {
        reads: NginxPolicy, severity: Error, effect: Hygiene, since: "0.1.0",
        summary: "real_ip_header without set_real_ip_from trusts nobody, and the client's address stays the proxy's",
    }
}

const FROM: [Id; 1] = [id!("set_real_ip_from")];
/// What an address decides, or is counted by.
const ADDRESSES: [Id; 4] = [id!("allow"), id!("deny"), id!("secure_link_md5"), id!("satisfy")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let header = id!("real_ip_header");
    let places = std::iter::once(policy.place(crate::policy::nginx::BlockId(0)));
    for place in places.chain(policy.places()) {
        let Some(line) = place.own(header).filter(|line| line.is_certainly_here()) else {
            continue;
        };
        let is_set = |list: crate::policy::nginx::List<'_>| {
            list.open.is_some() || !list.directives.is_empty()
        };
        if place.is_open()
            || is_set(place.list(&FROM))
            || place.descendants().any(|inner| {
                inner.own_all(&FROM).next().is_some() || policy.get(inner.block).open.is_some()
            })
        {
            continue;
        }
        let decides = std::iter::once(place)
            .chain(place.descendants())
            .find_map(|inner| inner.own_all(&ADDRESSES).next());
        let name = line.arg(0).map(Value::shown).unwrap_or_default();
        let mut finding = RULE
            .at(line.words_location())
            .message(format!(
                "{name} is never looked at: no set_real_ip_from says which proxies to believe, and the client's address stays that of the proxy"
            ))
            .label("believes nobody")
            .help("name the proxies: `set_real_ip_from 10.0.0.5;`, one line for each address or network");
        if let Some(decides) = decides {
            finding = finding
                .effect(crate::diagnostic::Effect::Unwanted403)
                .related(decides.words_location(), "sees the address of the proxy");
        }
        findings.push(finding);
    }
}
