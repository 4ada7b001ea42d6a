//! `OIDCUnAuthAction 401` starts no login; where it holds everywhere, nobody can log in.

use super::evidence;
use super::oidc::with_types;
use super::reading::given;
use crate::config::apache::Value;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::Policy;
use std::collections::HashSet;

rule! {
    "apache/oidc-unauth-401" {
        reads: ApachePolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "OIDCUnAuthAction 401 holds wherever a login is needed, and nowhere does one start",
    }
}

const ACTION: Id = id("OIDCUnAuthAction");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if policy.is_open() {
        return;
    }
    let mut all = Vec::new();
    for (place, _) in with_types(policy, &["openid-connect", "auth-openidc"]) {
        match place.effective(&[ACTION]).set() {
            Some(own) if own.says(b"401") && own.arg(1).is_none() => all.push((place, own)),
            // a login starts here, or may
            _ => return,
        }
    }
    let mut told = HashSet::new();
    for (place, own) in all {
        if !told.insert(own.location()) {
            continue;
        }
        let word = own.arg(0).map(Value::location);
        let finding = RULE
            .at(own.location())
            .message("no login starts here, nor anywhere else: browsers get 401 without a challenge, and nobody can log in")
            .label("holds wherever a login is needed")
            .fix(
                Safety::Unsafe,
                "send browsers to the provider",
                word.map(|at| Edit::replace(at, "auth")).into_iter().collect(),
            );
        findings.push_with(given(finding, own), || evidence::answered(place, 401));
    }
}
