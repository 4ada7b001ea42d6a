//! A `fastcgi_param` of its own replaces every inherited one, those about Authorization and users among them.

use crate::diagnostic::Findings;
use crate::policy::nginx::{Module, Policy};

rule! {
    "nginx/fastcgi-param-not-inherited" {
        reads: NginxPolicy, severity: Error, effect: AuthLost, since: "0.1.0",
        summary: "a fastcgi_param in a block drops the inherited ones, and with them a parameter that logins depend on",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    super::not_inherited::check(policy, &RULE, Module::is_application, findings);
}
