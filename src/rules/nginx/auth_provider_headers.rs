//! `auth_request` asks a known service without the headers that it decides by.

use super::auth_provider::asked;
use crate::config::nginx::Value;
use crate::diagnostic::Findings;
use crate::grammar::nginx::id;
use crate::policy::nginx::Policy;

rule! {
    "nginx/auth-provider-headers" {
        reads: NginxPolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "auth_request asks a service such as Authelia, authentik or Vouch without the headers that it decides by",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for one in asked(policy) {
        let (provider, set) = (one.provider, one.location.list(&[id!("proxy_set_header")]));
        if provider.headers.is_empty() || set.open.is_some() || one.location.is_open() {
            continue;
        }
        let sets = |name: &&str| {
            let names = set.directives.iter().filter_map(|line| line.arg(0)).map(Value::decoded);
            names.into_iter().any(|known| known.eq_ignore_ascii_case(name.as_bytes()))
        };
        if provider.headers.iter().any(|all| all.iter().all(sets)) {
            continue;
        }
        let name = provider.name;
        let wanted = provider.headers[0].join(" and ");
        let mut finding = RULE
            .at(one.proxy_pass.words_location())
            .message(format!("{name} is asked without {wanted}: without it {}", provider.why))
            .label(format!("sends no {wanted}"))
            .related(one.auth_request.words_location(), "the check that is asked for")
            .help(format!("add {}", lines(provider.headers[0])))
            .depends_on(format!("whether the host of this proxy_pass is {name}, as its name says"));
        if let Some(line) = set.directives.first().filter(|_| set.block != Some(one.location.block))
        {
            finding = finding.related(line.words_location(), "the headers that are inherited");
        }
        findings.push(finding);
    }
}

/// The lines that set `headers` as the services want them.
fn lines(headers: &[&str]) -> String {
    let value = |name: &str| match name {
        "Host" | "X-Forwarded-Host" => "$http_host",
        "X-Forwarded-Uri" => "$request_uri",
        _ => "$scheme://$http_host$request_uri",
    };
    let lines: Vec<String> =
        headers.iter().map(|name| format!("`proxy_set_header {name} {};`", value(name))).collect();
    lines.join(" and ")
}
