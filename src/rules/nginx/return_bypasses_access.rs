//! `return` belongs to the rewrite phase, which is over before access control begins: what stands beside it in the block
//! never sees a request.

use super::evidence::evidence;
use crate::config::nginx::{Directive, Value};
use crate::diagnostic::{Findings, Severity};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Code, Kind, Place, Policy};

rule! {
    "nginx/return-bypasses-access" {
        reads: NginxPolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "return answers before access control: the login or address list beside it has no effect",
    }
}

/// The directives that refuse requests unless they say `off`.
const LOGINS: [Id; 6] = [
    id!("auth_basic"),
    id!("auth_request"),
    id!("auth_jwt"),
    id!("auth_oidc"),
    id!("auth_ldap"),
    id!("auth_digest"),
];
/// Those that refuse whatever they say.
const REFUSALS: [Id; 4] =
    [id!("deny"), id!("access_by_lua"), id!("access_by_lua_block"), id!("access_by_lua_file")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        if !matches!(place.kind(), Kind::Server | Kind::Location) {
            continue;
        }
        let Some(answer) = unconditional_return(place) else { continue };
        let mut guards: Vec<Directive<'_>> = place
            .own_all(&LOGINS)
            .filter(|login| login.arg(0).is_some_and(|value| !value.is(b"off")))
            .collect();
        let has_login = !guards.is_empty();
        guards.extend(place.own_all(&REFUSALS));
        guards.retain(|guard| guard.is_certainly_here());
        if guards.is_empty() || !answer.is_certainly_here() {
            continue;
        }
        let Some(severity) = severity(place, answer, has_login) else { continue };
        guards.sort_by_key(|guard| guard.node().span.start);
        guards.dedup_by_key(|guard| guard.known().map(|known| known.id));
        let names: Vec<_> = guards.iter().map(|guard| guard.name()).collect();
        let mut finding = RULE
            .at(answer.words_location())
            .severity(severity)
            .message(format!(
                "`return` answers before access control begins: everybody gets this answer, and {} in the same block has no effect",
                names.join(" and ")
            ))
            .label("answers first")
            .help("answer where access control is over: `try_files /none @answer;` here, and the `return` in `location @answer`");
        for guard in &guards {
            finding = finding.related(guard.words_location(), "never asked");
        }
        findings
            .push_with(finding, || place.request().and_then(|request| evidence(policy, &request)));
    }
}

/// The `return` that every request meets: nothing before it ends the block's code.
fn unconditional_return<'p>(place: Place<'_, 'p>) -> Option<Directive<'p>> {
    let block = place.policy.get(place.block);
    for code in block.code() {
        let Code::Directive(index) = code else { continue };
        let directive = block.nth(*index);
        match &*directive.name() {
            "return" => return Some(directive),
            "break" | "rewrite" => return None,
            _ => {}
        }
    }
    None
}

/// How bad it is. A redirect or an error gives nothing away, and access control in front of it is of use only to make a
/// browser log in.
fn severity(place: Place<'_, '_>, answer: Directive<'_>, has_login: bool) -> Option<Severity> {
    let first = answer.arg(0)?.known()?;
    let status = std::str::from_utf8(&first).ok().and_then(|text| text.parse::<u16>().ok());
    let redirects = has_login && place.kind() == Kind::Location;
    match status {
        Some(200..=299) => Some(Severity::Error),
        Some(300..=308) | None if redirects => Some(Severity::Info),
        _ => None,
    }
    .filter(|_| !answer.args().any(Value::is_templated))
}
