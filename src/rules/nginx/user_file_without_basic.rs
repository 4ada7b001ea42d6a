//! A password file without a realm: `ngx_http_auth_basic_handler` needs both, and asks for no login.

use super::evidence::evidence;
use crate::config::nginx::{Directive, InclusionId};
use crate::diagnostic::{Findings, Severity};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Basic, Kind, Policy};
use crate::syntax::NodeId;
use std::collections::HashSet;

rule! {
    "nginx/user-file-without-basic" {
        reads: NginxPolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "auth_basic_user_file without auth_basic: nobody is asked for a login",
    }
}

const USER_FILE: Id = id!("auth_basic_user_file");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let used = used_files(policy);
    for place in policy.places() {
        let Some(file) = place.own(USER_FILE) else { continue };
        if used.contains(&key(file))
            || place.is_open()
            || place.has_stranger()
            || !file.is_certainly_here()
        {
            continue;
        }
        let finding = RULE.at(file.words_location()).label("read for nobody").help(
            "add `auth_basic \"REALM\";` to this block, or remove the file where everybody may enter",
        );
        let other =
            place.auth_request().or_else(|| place.other_login()).or_else(|| place.access_code());
        let finding = match (place.basic(), other) {
            (Basic::Off(off), _) => {
                let is_own = place.own(id!("auth_basic")).is_some();
                // both in one block: somebody switched the login off and kept the file
                let severity = if is_own { Severity::Info } else { Severity::Error };
                finding
                    .severity(severity)
                    .message("the login stays off: auth_basic_user_file alone asks nobody for one")
                    .related(off.words_location(), "off here")
            }
            (_, Some(other)) => finding
                .severity(Severity::Info)
                .message("no auth_basic here or in any block around it uses this file")
                .related(other.words_location(), "the login that is asked for"),
            (_, None) => {
                // a default that every block inside replaces, or one for servers that are still to come
                let is_spare = place.kind() == Kind::Http
                    || place.descendants().any(|inner| matches!(inner.basic(), Basic::On(..)));
                finding
                    .severity(if is_spare { Severity::Info } else { Severity::Error })
                    .message("auth_basic_user_file without auth_basic here or in any block around it: nobody is asked for a login")
            }
        };
        findings
            .push_with(finding, || place.request().and_then(|request| evidence(policy, &request)));
    }
}

/// The files that a login uses somewhere, or may use.
fn used_files(policy: &Policy<'_>) -> HashSet<(InclusionId, NodeId)> {
    let places = policy.places().filter_map(|place| match place.basic() {
        Basic::On(_, file) => Some(file),
        Basic::Unknown => place.effective(USER_FILE).set(),
        _ if place.is_open() => place.effective(USER_FILE).set(),
        _ => None,
    });
    places.map(key).collect()
}

fn key(directive: Directive<'_>) -> (InclusionId, NodeId) {
    (directive.inclusion, directive.id)
}
