//! `set_real_ip_from 0.0.0.0/0`: every client may say which address it has.

use crate::config::nginx::Value;
use crate::diagnostic::{Effect, Findings, Severity};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Place, Policy};

rule! {
    "nginx/realip-trust-all" {
        reads: NginxPolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "every address is trusted to name the client's address, and clients choose their own",
    }
}

const FROM: [Id; 1] = [id!("set_real_ip_from")];
const ADDRESSES: [Id; 2] = [id!("allow"), id!("deny")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let places = std::iter::once(policy.place(crate::policy::nginx::BlockId(0)));
    for place in places.chain(policy.places()) {
        let all = |line: &crate::config::nginx::Directive<'_>| {
            line.arg(0)
                .and_then(Value::known)
                .is_some_and(|from| matches!(&*from, b"0.0.0.0/0" | b"::/0" | b"0/0"))
        };
        let Some(line) = place.own_all(&FROM).find(all) else { continue };
        let header = place.effective(id!("real_ip_header")).set();
        let is_protocol = header
            .and_then(|header| header.arg(0))
            .is_some_and(|name| name.is_ignoring_case(b"proxy_protocol"));
        if !line.is_certainly_here() || is_protocol {
            continue;
        }
        let decides = decides(place);
        let mut finding = RULE
            .at(line.words_location())
            .message("every client is believed when it names its own address in a header: rules about addresses hold nobody back")
            .label("believes everybody")
            .help("name the addresses of the proxies in front instead");
        finding = match decides {
            Some(decides) => finding.related(
                decides.words_location(),
                "a client passes by naming an address that is allowed",
            ),
            None => finding.severity(Severity::Info).effect(Effect::Hygiene),
        };
        findings.push(finding);
    }
}

/// A rule about addresses under this place, which lets some in and others not.
fn decides<'p>(place: Place<'_, 'p>) -> Option<crate::config::nginx::Directive<'p>> {
    let mut lines = std::iter::once(place)
        .chain(place.descendants())
        .flat_map(|inner| inner.own_all(&ADDRESSES));
    lines.find(|line| line.is("allow") && line.arg(0).is_some_and(|value| !value.is(b"all")))
}
