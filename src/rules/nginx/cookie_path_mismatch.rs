//! A cookie for the path that the server behind knows itself by, which is not the path that clients ask for.

use super::upstream_cookies::{Cookie, cookies};
use crate::config::nginx::shown;
use crate::diagnostic::{Findings, Safety, Severity};
use crate::grammar::nginx::id;
use crate::policy::nginx::{Passing, Policy, Proof};

rule! {
    "nginx/cookie-path-mismatch" {
        reads: NginxPolicy, severity: Info, effect: AuthLost, since: "0.1.0",
        summary: "cookies of what is behind are for a path that clients never ask for",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for passing in policy.passings() {
        if passing.behind().len() == 0 {
            continue;
        }
        let (Some(outer), Some(inner)) = (passing.place.matched_path(), passing.path()) else {
            continue;
        };
        let rewritten = passing.place.list(&[id!("proxy_cookie_path")]);
        if outer == inner || rewritten.open.is_some() || !rewritten.directives.is_empty() {
            continue;
        }
        let lost = cookies(passing).find_map(|cookie| {
            let path = cookie.attribute(b"path")?.to_vec();
            is_lost(passing, &cookie, outer, &inner, &path).then_some((cookie, path))
        });
        let Some((cookie, path)) = lost else { continue };
        let mut finding = RULE
            .at(passing.pass.words_location())
            .message(format!(
                "clients ask for {}, and cookies come for {}, the path behind: browsers never send them back here, and a login does not last",
                shown(outer),
                shown(&path)
            ))
            .label("changes the path of requests, and not that of cookies")
            .related(cookie.line.words_location(), "sets the cookie");
        let is_plain = |path: &[u8]| {
            path.iter().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(byte))
        };
        if is_plain(&inner) && is_plain(outer) {
            let text = format!(
                "proxy_cookie_path {} {};",
                String::from_utf8_lossy(&inner),
                String::from_utf8_lossy(outer)
            );
            finding = finding.help(format!("change it as well: `{text}`"));
            if passing.pass.inclusions().count() == 1 {
                let edit = super::not_inherited::insertion_before(passing.pass, &text);
                finding =
                    finding.fix(Safety::Unsafe, "change the path of cookies as well", vec![edit]);
            }
        }
        if let Some(asked) = passing.asked_behind(Proof::Cookie) {
            finding = finding
                .related(asked.words_location(), "wants a cookie")
                .severity(Severity::Warning);
        }
        findings.push(finding);
    }
}

/// Whether a cookie for `path` comes from what is behind `inner` and is never sent back to where it came from.
fn is_lost(
    passing: Passing<'_, '_>,
    cookie: &Cookie<'_, '_>,
    outer: &[u8],
    inner: &[u8],
    path: &[u8],
) -> bool {
    // one whose path `proxy_cookie_path` could change, set where requests from here come to
    let is_from_here = path.starts_with(inner)
        && cookie.place.matched_path().is_none_or(|place| place.starts_with(inner));
    let is_sent = covers(path, outer) || covers(outer, path);
    // the same servers may be reached by the path of the cookie, too
    let policy = passing.place.policy;
    let is_reached = || {
        let server = passing.place.server();
        let other = server.and_then(|server| policy.route(server.block, path)?.passing());
        other.is_some_and(|other| other.end_number() == passing.end_number())
    };
    is_from_here && !is_sent && !is_reached()
}

/// Whether a cookie for `path` goes with requests for `asked`.
fn covers(path: &[u8], asked: &[u8]) -> bool {
    let rest = asked.strip_prefix(path);
    rest.is_some_and(|rest| rest.is_empty() || path.ends_with(b"/") || rest.starts_with(b"/"))
}
