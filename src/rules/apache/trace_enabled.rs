//! TRACE is answered before anybody asks who the client is.

use super::login::needs_user;
use super::reading::given;
use crate::diagnostic::Findings;
use crate::policy::apache::Policy;

rule! {
    "apache/trace-enabled" {
        reads: ApachePolicy, severity: Info, effect: NotEnforced, since: "0.1.0",
        summary: "TRACE is answered without a login: it sends back the request with all its headers",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if policy.is_open() || policy.site.directives("TraceEnable").next().is_some() {
        return;
    }
    let asks = policy.places().find_map(|place| {
        let leaf = place.own_login()?;
        needs_user(place).then_some(leaf.directive)
    });
    let Some(require) = asks else { return };
    let finding = RULE
        .at(require.location())
        .message(
            "TRACE is answered 200 without this login, and sends back the headers of the request",
        )
        .label("is not asked for TRACE")
        .help("write `TraceEnable Off` outside of sections");
    findings.push(given(finding, require));
}
