//! TLS 1.3 has no renegotiation: a certificate that a single path asks for comes by post-handshake authentication, or not.

use super::reading::given;
use crate::config::apache::Value;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Effective, Kind, Place, Policy, ServerId};

rule! {
    "apache/perdir-verifyclient-tls13" {
        reads: ApachePolicy, severity: Error, effect: Unwanted403, since: "0.1.0",
        summary: "a section of its own asks for a client certificate, which browsers with TLS 1.3 do not send: 403",
    }
}

const VERIFY: Id = id("SSLVerifyClient");
const PROTOCOL: Id = id("SSLProtocol");
const ENGINE: Id = id("SSLEngine");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if policy.is_open() {
        return;
    }
    for place in policy.places() {
        if place.kind() == Kind::Server {
            continue;
        }
        let Some(own) = place.own(VERIFY).map(|own| own.directive) else { continue };
        if !(own.says(b"require") || own.says(b"optional")) || own.is_in_template() {
            continue;
        }
        // a section of the main server is about every host: none may be an exception
        if place.server() == ServerId::MAIN && policy.servers.len() > 2 {
            continue;
        }
        let server = if place.server() == ServerId::MAIN {
            ServerId(policy.servers.len() as u32 - 1)
        } else {
            place.server()
        };
        let host = policy.at(policy.servers[server.index()].defaults);
        let asks = match host.effective(&[VERIFY]) {
            Effective::Set(own) => !own.directive.says(b"none"),
            Effective::Unset => false,
            Effective::Unknown(_) => true,
        };
        let tls = host.effective(&[ENGINE]).set().is_some_and(|own| own.says(b"on"));
        if asks || !tls || !has_tls13(host) {
            continue;
        }
        let help = "ask in the virtual host, `SSLVerifyClient optional`, and write `Require ssl-verify-client` here";
        let mut finding = RULE
            .at(own.location())
            .message("with TLS 1.3 this certificate can only be asked for after the handshake, which browsers and most libraries refuse: they are answered 403")
            .label("asks after the handshake")
            .help(help);
        if let Some(protocol) = host.effective(&[PROTOCOL]).set() {
            finding = finding.related(protocol.location(), "has TLS 1.3");
        }
        findings.push(given(finding, own));
    }
}

/// Whether `SSLProtocol` certainly has TLS 1.3: without the directive it does.
fn has_tls13(host: Place<'_, '_>) -> bool {
    let directive = match host.effective(&[PROTOCOL]) {
        Effective::Set(own) => own.directive,
        Effective::Unset => return true,
        Effective::Unknown(_) => return false,
    };
    let words: Option<Vec<_>> = directive.args().map(Value::known).collect();
    let Some(words) = words else { return false };
    let mut has = false;
    for word in words {
        let (sign, name) = match word.first() {
            Some(b'+') => (Some(true), &word[1..]),
            Some(b'-') => (Some(false), &word[1..]),
            _ => (None, &word[..]),
        };
        let is_it = name.eq_ignore_ascii_case(b"all") || name.eq_ignore_ascii_case(b"TLSv1.3");
        has = match sign {
            None => is_it,
            Some(on) if is_it => on,
            Some(_) => has,
        };
    }
    has
}
