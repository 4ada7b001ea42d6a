//! No Host for a server that chooses by it: the default one answers.

use super::protection::asks;
use crate::diagnostic::Findings;
use crate::policy::nginx::{Passing, Place, Policy};
use std::collections::{HashMap, HashSet};

rule! {
    "nginx/upstream-host" {
        reads: NginxPolicy, severity: Info, effect: Unwanted401, since: "0.1.0",
        summary: "the name of the site is not handed on, and another server behind answers",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    let mut pairs = HashMap::new();
    for passing in policy.passings().filter(|passing| !passing.module.is_application()) {
        let pair = *pairs.entry(passing.end_number()).or_insert_with(|| different(passing));
        let Some((default, other)) = pair else { continue };
        if passing.is_open() || passing.sets(b"host").is_some() {
            continue;
        }
        let with_login = asks(default);
        let Some(other) = other.directive() else { continue };
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

/// The default server behind, and the first other one of which one asks for a login and the other does not.
fn different<'r, 'p>(passing: Passing<'r, 'p>) -> Option<(Place<'r, 'p>, Place<'r, 'p>)> {
    let mut behind = passing.behind();
    let default = behind.next()?;
    let other = behind.find(|other| asks(*other).is_some() != asks(default).is_some())?;
    Some((default, other))
}
