//! A `proxy_set_header` of its own replaces every inherited one, those about Authorization and users among them.

use crate::diagnostic::Findings;
use crate::policy::nginx::Policy;

rule! {
    "nginx/proxy-set-header-not-inherited" {
        reads: NginxPolicy, severity: Error, effect: AuthLost, since: "0.1.0",
        summary: "a proxy_set_header in a block drops the inherited ones, and with them a header that logins depend on",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    super::not_inherited::check(policy, &RULE, |module| !module.is_application(), findings);
}
