//! A client's Authorization in a header of the answer: meant for the upstream, it goes back to whoever asked.

use crate::config::nginx::{Directive, Site, Value, variables};
use crate::diagnostic::{Edit, Findings, Safety};

rule! {
    "nginx/authorization-sent-to-client" {
        reads: Nginx, severity: Warning, effect: AuthLost, since: "0.1.0",
        summary: "a header of the answer holds the client's Authorization, which the upstream was to get",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for name in ["add_header", "more_set_headers"] {
        for directive in site.directives(name) {
            let Some(value) = directive.args().find(|value| holds_authorization(*value)) else {
                continue;
            };
            if !is_meant_for_upstream(directive) {
                continue;
            }
            let mut finding = RULE
                .at(value.location())
                .message(format!(
                    "{name} sets a header of the answer: the client's Authorization goes back to the client, and the upstream gets nothing by it"
                ))
                .label("what the client sent")
                .help("remove it: nginx hands Authorization on by itself; `proxy_set_header` sets what an upstream gets");
            if is_plain(directive) {
                let lines = directive.lines_location();
                finding =
                    finding.fix(Safety::Unsafe, "remove the header", vec![Edit::delete(lines)]);
            }
            findings.push(finding);
        }
    }
}

/// Whether the directive stands where it can be taken away whole.
fn is_plain(directive: Directive<'_>) -> bool {
    directive.is("add_header") && !directive.is_in_template()
}

/// Whether the header is one that upstreams look for: any other may be there to show what arrived.
fn is_meant_for_upstream(directive: Directive<'_>) -> bool {
    const NAMES: [&str; 5] =
        ["authorization", "x-authorization", "http_authorization", "authentication", "bearer"];
    let name = directive.arg(0).map(Value::lossy).unwrap_or_default();
    let name = name.split(':').next().unwrap_or_default().trim();
    NAMES.iter().any(|known| name.eq_ignore_ascii_case(known))
}

fn holds_authorization(value: Value<'_>) -> bool {
    let Some(text) = value.known() else { return false };
    variables(&text).any(|one| one.name.eq_ignore_ascii_case(b"http_authorization"))
}
