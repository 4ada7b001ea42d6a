//! To httpd behind a proxy on the same machine, no client has another address than this machine's.

use super::front::{behind, forwarded, is_local_only, knows_clients};
use super::reading::given;
use super::require::{asking_where, network};
use crate::config::apache::Site;
use crate::diagnostic::Findings;

rule! {
    "apache/require-ip-behind-proxy" {
        reads: Apache, severity: Warning, effect: Unwanted403, since: "0.1.0",
        summary: "httpd listens for a proxy on this machine, and Require ip waits for addresses that never come",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    if knows_clients(site) || !is_local_only(site) {
        return;
    }
    let mut all = asking_where(site, &["ip"], |require| {
        let mut nets = require.words().map(|word| network(&word.known()?));
        let elsewhere = require.words().len() > 0
            && nets.all(|net| {
                net.is_some_and(|net| !net.addr().is_loopback() && net.prefix_len() > 0)
            });
        !require.negated && elsewhere
    })
    .peekable();
    if all.peek().is_none() {
        return;
    }
    let proxy = forwarded(site);
    // where nothing shows a proxy that is one question, and asked once
    let most = if proxy.is_some() { usize::MAX } else { 1 };
    for require in all.take(most) {
        let directive = require.directive;
        let finding = RULE
            .at(directive.location())
            .message("httpd listens on this machine only, so every request has its address: no client is found in these networks")
            .label("never holds")
            .help("let mod_remoteip find the client's address: `RemoteIPHeader X-Forwarded-For` and `RemoteIPInternalProxy 127.0.0.1`");
        findings.push(given(behind(finding, proxy), directive));
    }
}
