//! The subrequest of a check has no query: `$args` and `$arg_…` are empty there.

use crate::config::nginx::variables;
use crate::diagnostic::{Findings, Severity};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::Policy;
use std::collections::HashSet;

rule! {
    "nginx/auth-request-args" {
        reads: NginxPolicy, severity: Info, effect: AuthLost, since: "0.1.0",
        summary: "the check reads arguments of the query, which its subrequest does not have",
    }
}

const SENT: [Id; 4] =
    [id!("proxy_pass"), id!("proxy_set_header"), id!("fastcgi_param"), id!("proxy_set_body")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for guard in policy.guards().iter().filter(|guard| guard.is_only_asked()) {
        let sent = SENT.iter().flat_map(|id| guard.target.list(&[*id]).directives);
        for one in sent {
            let reads = one.args().find_map(|value| {
                let text = value.known()?;
                let name =
                    variables(&text).map(|one| one.name.to_vec()).find(|name| is_query(name))?;
                Some((value, name))
            });
            let Some((value, name)) = reads else { continue };
            if !told.insert((one.words_location().file, one.id)) {
                continue;
            }
            // a token that is taken from the query is never there
            let is_token = name.starts_with(b"arg_")
                && one.arg(0).is_some_and(|name| name.is_ignoring_case(b"authorization"));
            let finding = RULE
                .at(value.location())
                .message(format!(
                    "the subrequest of auth_request has no query: ${} is always empty here",
                    String::from_utf8_lossy(&name)
                ))
                .related(guard.directive.words_location(), "asks without the query")
                .help("take it from $request_uri with a `map`: `map $request_uri $token { ~[?&]token=(?<t>[^&]+) $t; }`");
            findings.push(if is_token { finding.severity(Severity::Warning) } else { finding });
        }
    }
}

fn is_query(name: &[u8]) -> bool {
    matches!(name, b"args" | b"query_string") || name.starts_with(b"arg_")
}
