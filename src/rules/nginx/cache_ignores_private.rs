//! `proxy_ignore_headers Cache-Control`: what is behind says that an answer is for one client only, and is not heard.

use super::caches::{asked, shared};
use crate::diagnostic::{Findings, Severity};
use crate::policy::nginx::Policy;
use std::collections::HashSet;

rule! {
    "nginx/cache-ignores-private" {
        reads: NginxPolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "Cache-Control or Set-Cookie is ignored, and answers for one client are kept for all",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for cached in shared(policy) {
        let place = cached.passing.place;
        let ignores = place.list(&[cached.names.ignore]).directives.into_iter().find(|line| {
            line.args().any(|name| {
                name.is_ignoring_case(b"cache-control") || name.is_ignoring_case(b"set-cookie")
            })
        });
        let Some(line) = ignores.filter(|line| line.is_certainly_here()) else { continue };
        let is_chosen = !place.list(&[cached.names.no_cache]).directives.is_empty()
            || !place.list(&[cached.names.bypass]).directives.is_empty();
        if is_chosen || place.is_for_static_files() {
            continue;
        }
        let asked = asked(cached.passing);
        if !told.insert(line.words_location()) {
            continue;
        }
        let mut finding = RULE
            .at(line.words_location())
            .message("what is behind cannot say any more that an answer is for one client only: it is kept, and the next client gets it, session and all")
            .label("not listened to")
            .related(cached.zone.words_location(), "keeps the answers")
            .help("remove the two names from the line, or add `proxy_no_cache` and `proxy_cache_bypass` with `$http_authorization` and the cookie of the session");
        finding = match asked {
            Some(asked) => {
                finding.related(asked.words_location(), "answers each client in its own way")
            }
            None => finding.severity(Severity::Info),
        };
        findings.push(finding);
    }
}
