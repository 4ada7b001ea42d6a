//! To httpd behind a proxy on the same machine, every client is local.

use super::front::{behind, forwarded, is_local_only, knows_clients};
use super::reading::given;
use super::require::{Container, asking_where, container, is_loopback};
use crate::config::apache::{Site, Value};
use crate::diagnostic::Findings;

rule! {
    "apache/require-local-behind-proxy" {
        reads: Apache, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "httpd listens for a proxy on this machine, and Require local lets in whoever comes through it",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    if knows_clients(site) || !is_local_only(site) {
        return;
    }
    let mut all = asking_where(site, &["local", "ip"], |require| {
        let is_loopback =
            |word: Value<'_>| word.known().is_some_and(|word| is_loopback(&word).is_some());
        !require.negated && (require.asks("local") || require.words().any(is_loopback))
    })
    .peekable();
    if all.peek().is_none() {
        return;
    }
    let proxy = forwarded(site);
    // where nothing shows a proxy that is one question, and asked once
    let most = if proxy.is_some() { usize::MAX } else { 1 };
    for require in all.take(most) {
        // beside other requirements it may be one of two things that are asked
        if let Container::Explicit(section) = container(require.directive)
            && !section.is_section("RequireAny")
        {
            continue;
        }
        let directive = require.directive;
        let finding = RULE
            .at(directive.location())
            .message("httpd listens on this machine only, so every request comes from it: this lets everybody in whom the proxy in front lets through")
            .label("holds for every request")
            .help("let mod_remoteip find the client's address: `RemoteIPHeader X-Forwarded-For` and `RemoteIPInternalProxy 127.0.0.1`");
        findings.push(given(behind(finding, proxy), directive));
    }
}
