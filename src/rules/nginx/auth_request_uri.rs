//! In the location of a check, `$uri` is the path of the check: what the client asks for is `$request_uri`.

use crate::config::nginx::{Value, variables};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::Policy;
use std::collections::HashSet;

rule! {
    "nginx/auth-request-uri" {
        reads: NginxPolicy, severity: Warning, effect: AuthLost, since: "0.1.0",
        summary: "the check is told its own path as the one that the client asks for",
    }
}

const SET: [Id; 1] = [id!("proxy_set_header")];

/// What services look for the client's path in.
const NAMES: [&[u8]; 8] = [
    b"x-original-uri",
    b"x-original-url",
    b"x-forwarded-uri",
    b"x-forwarded-url",
    b"x-auth-request-redirect",
    b"x-request-uri",
    b"x-rewrite-url",
    b"x-real-url",
];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for guard in policy.guards().iter().filter(|guard| guard.is_only_asked()) {
        for set in guard.target.list(&SET).directives {
            let (Some(name), Some(value)) = (set.arg(0), set.arg(1)) else { continue };
            let is_path = NAMES.iter().any(|known| name.is_ignoring_case(known));
            let Some(edits) = own_path(value).filter(|_| is_path) else { continue };
            if !told.insert((set.words_location().file, set.id)) {
                continue;
            }
            findings.push(
                RULE.at(set.words_location())
                    .message(format!(
                        "in the subrequest, `$uri` is {}, not what the client asks for: rules for paths and the way back after the login go wrong",
                        crate::config::nginx::shown(&guard.uri)
                    ))
                    .related(guard.directive.words_location(), "asks with this path")
                    .help("write `$request_uri`, which stays the client's")
                    .fix(Safety::Unsafe, "write $request_uri", edits),
            );
        }
    }
}

/// The edits that put the client's path in the place of the current one.
fn own_path(value: Value<'_>) -> Option<Vec<Edit>> {
    let text = value.known()?;
    let edits: Vec<Edit> = variables(&text)
        .filter(|one| matches!(one.name, b"uri" | b"document_uri"))
        .map(|one| Edit::replace(value.part_or_all(one.range), "$request_uri"))
        .collect();
    let is_whole = edits.iter().all(|edit| edit.at != value.location()) || value.raw() == b"$uri";
    (!edits.is_empty() && is_whole).then_some(edits)
}
