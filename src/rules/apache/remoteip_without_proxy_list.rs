//! Without a list of proxies, RemoteIPHeader believes every client about its own address.

use super::front::is_private;
use super::reading::{given, read};
use super::require::{asking, network};
use crate::config::apache::{Directive, Site, Value};
use crate::diagnostic::{Findings, Severity};

rule! {
    "apache/remoteip-without-proxy-list" {
        reads: Apache, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "RemoteIPHeader names no proxies: clients choose the address that Require ip sees",
    }
}

const LISTS: [&str; 4] = [
    "RemoteIPInternalProxy",
    "RemoteIPTrustedProxy",
    "RemoteIPInternalProxyList",
    "RemoteIPTrustedProxyList",
];

fn check(site: &Site<'_>, findings: &mut Findings) {
    if site.includes_unknown() || LISTS.iter().any(|name| site.directives(name).next().is_some()) {
        return;
    }
    for directive in read(site, "RemoteIPHeader") {
        if directive.is_in_template() {
            continue;
        }
        let header = directive.arg(0).map(Value::lossy).unwrap_or_default();
        let finding = RULE
            .at(directive.location())
            .label("is believed whoever sends it")
            .help("name the proxies that are to be believed: `RemoteIPInternalProxy 192.0.2.1`");
        let finding = match first_requirement(site) {
            Some(require) => finding
                .message(format!("every client is believed: whoever sends `{header}` with one of these addresses is let in"))
                .related(require.location(), "lets in by the address"),
            None => finding
                .severity(Severity::Info)
                .message(format!("every client is believed: `{header}` says what address it has")),
        };
        findings.push(given(finding, directive));
    }
}

/// What lets in a network of the Internet by its address; private addresses in the header are not believed.
fn first_requirement<'p>(site: &Site<'p>) -> Option<Directive<'p>> {
    let is_public = |word: &[u8]| network(word).is_some_and(|net| !is_private(&net));
    let mut requires = asking(site, &["ip"]).filter(|one| !one.negated);
    let require =
        requires.find(|one| one.words().filter_map(Value::known).any(|word| is_public(&word)));
    require.map(|one| one.directive).or_else(|| {
        read(site, "Allow").find(|allow| {
            allow.args().skip(1).filter_map(Value::known).any(|word| is_public(&word))
        })
    })
}
