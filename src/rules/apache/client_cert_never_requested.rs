//! A certificate that nobody asks for is not sent.

use super::evidence;
use super::reading::given;
use crate::config::apache::Directive;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Effective, Place, Policy, ServerId};

rule! {
    "apache/client-cert-never-requested" {
        reads: ApachePolicy, severity: Error, effect: Unwanted403, since: "0.1.0",
        summary: "a client certificate is required, and no SSLVerifyClient asks clients for one",
    }
}

const VERIFY: Id = id("SSLVerifyClient");
const REQUIRE_SSL: Id = id("SSLRequire");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if policy.is_open() {
        return;
    }
    for place in policy.places() {
        let mut requires = place.own_requirements().filter(|leaf| !leaf.negated);
        let leaf = requires.find(|leaf| {
            leaf.asks("ssl-verify-client") || (leaf.asks("expr") && wants(leaf.directive))
        });
        let own = leaf
            .map(|leaf| leaf.directive)
            .or_else(|| place.all(&[REQUIRE_SSL]).map(|own| own.directive).find(|it| wants(*it)));
        let Some(own) = own.filter(|own| !own.is_in_template()) else { continue };
        let verify = place.effective(&[VERIFY]);
        let off = match verify {
            Effective::Set(own) => own.directive.says(b"none"),
            Effective::Unset => true,
            Effective::Unknown(_) => false,
        };
        if !off || set_by_a_host(place) {
            continue;
        }
        let mut finding = RULE
            .at(own.location())
            .message("no client is asked for a certificate, so none sends one: this is never met")
            .label("needs a certificate")
            .help("ask for it in the virtual host: `SSLVerifyClient optional`, with the authority in SSLCACertificateFile");
        if let Effective::Set(verify) = verify {
            finding = finding.related(verify.directive.location(), "asks for none");
        }
        findings.push_with(given(finding, own), || evidence::answered(place, 403));
    }
}

/// Whether the expression needs a certificate that was found good.
fn wants(directive: Directive<'_>) -> bool {
    let line = directive.source().slice(directive.location().span);
    let Some(at) = memchr::memmem::find(line, b"%{SSL_CLIENT_VERIFY}") else { return false };
    let rest = line[at + 20..].trim_ascii_start();
    let equal = [&b"eq"[..], b"==", b"="].into_iter().find_map(|word| rest.strip_prefix(word));
    let alone =
        !line.windows(2).any(|two| two == b"||") && memchr::memmem::find(line, b" or ").is_none();
    alone
        && equal.is_some_and(|rest| {
            memchr::memmem::find(&rest[..rest.len().min(14)], b"SUCCESS").is_some()
        })
}

/// Whether the section is one of the main server, and a virtual host asks for certificates.
fn set_by_a_host(place: Place<'_, '_>) -> bool {
    place.server() == ServerId::MAIN
        && place.policy.site.directives("SSLVerifyClient").any(|directive| !directive.says(b"none"))
}
