//! `auth_jwt` without a key: no signature can be checked.

use super::evidence::evidence;
use crate::diagnostic::Findings;
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Effective, Kind, Policy};
use std::collections::HashSet;

rule! {
    "nginx/jwt-key-missing" {
        reads: NginxPolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "auth_jwt names no keys, and no token can be checked",
    }
}

/// Where keys come from; the last one is that of another module of the same name.
const KEYS: [Id; 3] = [id!("auth_jwt_key_file"), id!("auth_jwt_key_request"), id!("auth_jwt_key")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for place in policy.places().filter(|place| place.kind() != Kind::If) {
        let Some(jwt) = place.effective(id!("auth_jwt")).set() else { continue };
        let is_off = jwt.arg(0).is_none_or(|value| value.is(b"off") || value.is_templated());
        let has_keys = KEYS.iter().any(|&key| !matches!(place.effective(key), Effective::Unset));
        if is_off || has_keys || place.is_open() || place.has_stranger() || !jwt.is_certainly_here()
        {
            continue;
        }
        // a block that only hands it on to blocks with keys of their own
        let hands_on = place
            .descendants()
            .any(|inner| KEYS.iter().any(|&key| !matches!(inner.effective(key), Effective::Unset)));
        if hands_on || !told.insert((jwt.inclusion, jwt.id)) {
            continue;
        }
        let finding = RULE
            .at(jwt.words_location())
            .message("auth_jwt has no auth_jwt_key_file or auth_jwt_key_request here or in any block around it: no token can be checked, and nobody passes")
            .label("checks with no key")
            .help("add `auth_jwt_key_file FILE;` or `auth_jwt_key_request URI;`");
        findings
            .push_with(finding, || place.request().and_then(|request| evidence(policy, &request)));
    }
}
