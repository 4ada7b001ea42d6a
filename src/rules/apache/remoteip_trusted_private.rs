//! RemoteIPTrustedProxy believes a proxy about addresses of the Internet, not about private ones.

use super::front::is_private;
use super::reading::{given, read};
use super::require::{asking, network};
use crate::config::apache::{Directive, Site};
use crate::diagnostic::{Edit, Findings, Safety};
use ipnet::IpNet;

rule! {
    "apache/remoteip-trusted-private" {
        reads: Apache, severity: Error, effect: Unwanted403, since: "0.1.0",
        summary: "RemoteIPTrustedProxy ignores private addresses, and Require ip waits for one",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let mut wanted = None;
    for directive in read(site, "RemoteIPTrustedProxy") {
        let proxies: Option<Vec<IpNet>> =
            directive.args().map(|word| network(&word.known()?)).collect();
        // clients of a proxy on the Internet have no private addresses
        let Some(proxies) = proxies.filter(|all| !all.is_empty() && all.iter().all(is_private))
        else {
            continue;
        };
        let wanted = wanted.get_or_insert_with(|| private_requirements(site));
        let found = wanted.iter().find(|(net, _)| !proxies.iter().any(|proxy| net.contains(proxy)));
        let Some((net, require)) = found else { continue };
        let name = directive.name_value();
        let finding = RULE
            .at(directive.location())
            .message(format!(
                "clients in {net} are taken for the proxy: RemoteIPTrustedProxy ignores private addresses in the header"
            ))
            .label("believes addresses of the Internet only")
            .related(require.location(), "never finds such an address")
            .fix(
                Safety::Unsafe,
                "believe the proxy",
                vec![Edit::replace(name.location(), "RemoteIPInternalProxy")],
            );
        findings.push(given(finding, directive));
    }
}

/// The private networks that Require ip or Allow from lets in, with where it stands.
fn private_requirements<'p>(site: &Site<'p>) -> Vec<(IpNet, Directive<'p>)> {
    let mut all = Vec::new();
    for require in asking(site, &["ip"]).filter(|require| !require.negated) {
        for word in require.words() {
            let net = word.known().and_then(|word| network(&word));
            all.extend(net.filter(is_private).map(|net| (net, require.directive)));
        }
    }
    for allow in read(site, "Allow") {
        for word in allow.args().skip(1) {
            let net = word.known().and_then(|word| network(&word));
            all.extend(net.filter(is_private).map(|net| (net, allow)));
        }
    }
    // what only this machine can send is no client of a proxy
    all.retain(|(net, _)| !net.addr().is_loopback());
    all
}
