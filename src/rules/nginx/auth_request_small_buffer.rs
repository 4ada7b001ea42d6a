//! The answer of a check must fit into `proxy_buffer_size`: sessions in cookies are large.

use crate::diagnostic::Findings;
use crate::grammar::nginx::id;
use crate::policy::nginx::{Policy, size};
use std::collections::HashSet;

rule! {
    "nginx/auth-request-small-buffer" {
        reads: NginxPolicy, severity: Info, effect: ServerError, since: "0.1.0",
        summary: "proxy_buffer_size is small for a check that answers with session cookies",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for guard in policy.guards().iter().filter(|guard| guard.is_only_asked()) {
        let Some(set) = guard.target.effective(id!("proxy_buffer_size")).set() else {
            continue;
        };
        let limit = set.arg(0).and_then(|value| size(&value.known()?));
        let is_small = limit.is_some_and(|limit| limit <= 4096);
        let is_proxied = guard.target.handler().is_some_and(|handler| handler.is("proxy_pass"));
        if !is_small || !is_proxied || !told.insert((set.words_location().file, set.id)) {
            continue;
        }
        findings.push(
            RULE.at(set.words_location())
                .message("the headers of the check's answer must fit into this buffer: a session cookie that does not makes a 502 of it, and the client gets 500")
                .related(guard.directive.words_location(), "answers 500 then")
                .help("write 8k or 16k where the service keeps sessions in cookies"),
        );
    }
}
