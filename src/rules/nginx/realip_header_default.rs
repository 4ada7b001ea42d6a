//! `set_real_ip_from` without `real_ip_header`: the address is taken from X-Real-IP, whatever the proxy sends.

use crate::diagnostic::{Findings, Severity};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Effective, Kind, Policy};
use std::collections::HashSet;

rule! {
    "nginx/realip-header-default" {
        reads: NginxPolicy, severity: Info, effect: Unwanted403, since: "0.1.0",
        summary: "a proxy is trusted, but the header that it names the client in is not the one that is read",
    }
}

const FROM: [Id; 1] = [id!("set_real_ip_from")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for place in policy.places().filter(|place| place.kind() == Kind::Server) {
        let from = place.list(&FROM);
        let Some(line) = from.directives.first().filter(|line| line.is_certainly_here()) else {
            continue;
        };
        let header = place.effective(id!("real_ip_header"));
        if !matches!(header, Effective::Unset) || !told.insert(line.words_location()) {
            continue;
        }
        let finding = RULE
            .at(line.words_location())
            .message("the client's address is read from X-Real-IP, which is the default: a proxy that sends X-Forwarded-For only is not heard, and its own address is used")
            .label("trusts the proxy, and reads X-Real-IP")
            .help("name the header that the proxy sends: `real_ip_header X-Forwarded-For;`");
        let other = place.fronts().find_map(|front| {
            let forwarded = front.sets(b"x-forwarded-for")?;
            front.sets(b"x-real-ip").is_none().then_some(forwarded)
        });
        findings.push(match other {
            Some(sent) => finding
                .related(sent.words_location(), "the proxy sends this")
                .severity(Severity::Warning),
            None if place.fronts().next().is_none() => finding,
            None => continue,
        });
    }
}
