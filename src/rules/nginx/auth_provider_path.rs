//! `auth_request` leads to a known service, but not to the path at which that answers checks.

use super::auth_provider::asked;
use crate::diagnostic::Findings;
use crate::policy::nginx::Policy;

rule! {
    "nginx/auth-provider-path" {
        reads: NginxPolicy, severity: Warning, effect: ServerError, since: "0.1.0",
        summary: "auth_request asks a service such as oauth2-proxy or Authelia at a path that answers no checks",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for one in asked(policy) {
        let Some(path) = one.path.filter(|path| !one.provider.checks_at(path)) else { continue };
        let (name, checks) = (one.provider.name, one.provider.checks);
        findings.push(
            RULE.at(one.proxy_pass.words_location())
                .message(format!(
                    "{name} is asked at `{path}`, where it answers a page and no check: auth_request makes 500 of that, or lets everybody in"
                ))
                .label("asks there")
                .related(one.auth_request.words_location(), "the check that is asked for")
                .help(format!("{name} answers checks at a path that ends in `{}`: give proxy_pass that path", checks[0]))
                .depends_on(format!("whether the host of this proxy_pass is {name}, as its name says")),
        );
    }
}
