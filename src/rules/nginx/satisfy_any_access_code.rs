//! `satisfy any` and Lua in the access phase: code that comes to its end has let the request in, and no login is asked for.

use crate::diagnostic::Findings;
use crate::grammar::nginx::id;
use crate::policy::nginx::{Kind, Policy};
use std::collections::HashSet;

rule! {
    "nginx/satisfy-any-access-code" {
        reads: NginxPolicy, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "under satisfy any, Lua code that refuses nobody lets everybody in past the login",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    if !policy.site.has(id!("satisfy")) {
        return;
    }
    for place in policy.places() {
        if !matches!(place.kind(), Kind::Server | Kind::Location) || place.is_open() {
            continue;
        }
        let (Some(satisfy), Some(code), Some(login)) =
            (place.satisfy_any(), place.access_code(), place.login())
        else {
            continue;
        };
        // njs says what it means by its own functions
        if code.is("js_access") || !told.insert((code.inclusion, code.id)) {
            continue;
        }
        findings.push(
            RULE.at(code.words_location())
                .message(
                    "under `satisfy any` this code lets in everybody whom it does not refuse: whoever it lets go on is not asked for a login",
                )
                .label("is enough to get in")
                .related(satisfy.words_location(), "one of them is enough")
                .related(login.words_location(), "the login that is passed over")
                .depends_on("whether the code refuses everybody whom it does not know")
                .help(
                    "move the code to `rewrite_by_lua_block`, which may refuse a request and lets none in, or write `satisfy all;`",
                ),
        );
    }
}
