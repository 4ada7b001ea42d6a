//! No Host for a server that chooses by it: the default one answers.

use super::protection::asks;
use crate::diagnostic::Findings;
use crate::policy::nginx::{Neighbours, Policy};
use std::collections::HashSet;

rule! {
    "nginx/upstream-host" {
        reads: NginxPolicy, severity: Info, effect: Unwanted401, since: "0.1.0",
        summary: "the name of the site is not handed on, and another server behind answers",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let neighbours = Neighbours::new(policy);
    let mut told = HashSet::new();
    for passing in policy.passings().filter(|passing| !passing.module.is_application()) {
        let list = passing.lines();
        if list.open.is_some() || passing.sets(b"host").is_some() {
            continue;
        }
        let behind = neighbours.behind(passing);
        let [default, others @ ..] = &*behind else { continue };
        let with_login = asks(*default);
        let differs = others.iter().find(|other| asks(**other).is_some() != with_login.is_some());
        let Some(other) = differs.and_then(|other| other.directive()) else { continue };
        if !told.insert(passing.pass.words_location()) {
            continue;
        }
        let mut finding = RULE
            .at(passing.pass.words_location())
            .message("the Host that is sent is the address written here, not the name that the client asked for: the default server behind answers, whose login is another one")
            .label("sends its own address as Host")
            .related(other.words_location(), "never reached by its name")
            .help("hand the name on: `proxy_set_header Host $host;`");
        if let Some(login) = with_login {
            finding = finding.related(login.words_location(), "asks for a login instead");
        }
        findings.push(finding);
    }
}
