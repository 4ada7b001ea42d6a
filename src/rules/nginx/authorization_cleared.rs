//! An empty Authorization drops the client's: right where nginx has checked it, a loss where nothing here has.

use crate::config::nginx::Value;
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::policy::nginx::{Passing, Policy, Proof};
use crate::source::Location;
use std::collections::BTreeMap;

rule! {
    "nginx/authorization-cleared" {
        reads: NginxPolicy, severity: Warning, effect: AuthLost, since: "0.1.0",
        summary: "Authorization is removed although nothing here checks it, and nobody can log in to what is behind",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    // a line that some place needs is no mistake, though another inherits it
    let mut lines = BTreeMap::<Location, Vec<Passing<'_, '_>>>::new();
    for passing in policy.passings() {
        let Some(line) = passing.sets(b"authorization") else { continue };
        let is_empty = line.arg(1).is_some_and(|value| value.is(b""));
        if is_empty && line.is_certainly_here() {
            lines.entry(line.words_location()).or_default().push(passing);
        }
    }
    for passings in lines.into_values() {
        let is_needed = |passing: &Passing<'_, '_>| {
            !passing.place.asks_nobody()
                || passing.place.is_open()
                || passing.place.is_internal()
                || passing.cache().is_some()
                || proves_itself(*passing)
        };
        if passings.iter().any(is_needed) {
            continue;
        }
        let asked =
            passings.iter().find_map(|one| Some((*one, one.asked_behind(Proof::Authorization)?)));
        let passing = asked.map_or(passings[0], |(passing, _)| passing);
        let Some(line) = passing.sets(b"authorization") else { continue };
        let mut finding = RULE
            .at(line.words_location())
            .message("Authorization is removed although nothing here checks it: whoever logs in to what is behind is answered 401 again and again")
            .label("removes the login of the client")
            .related(passing.pass.words_location(), "handed on without it")
            .help("remove the line; keep it only where nginx itself asks for the login, or where what is behind takes none")
            .fix(Safety::Unsafe, "remove the line", vec![Edit::delete(line.lines_location())]);
        if let Some((_, asked)) = asked {
            finding = finding.related(asked.words_location(), "asks for it");
        }
        let is_certain = asked.is_some() || passing.module.is_application();
        findings.push(if is_certain { finding } else { finding.severity(Severity::Info) });
    }
}

/// Whether another header or parameter proves who nginx is to what is behind.
fn proves_itself(passing: Passing<'_, '_>) -> bool {
    use super::headers::meaning;
    passing.lines().any(|line| {
        let has_value = line.arg(1).and_then(Value::known).is_none_or(|value| !value.is_empty());
        has_value && passing.module.header(line).is_some_and(|name| meaning(&name).is_some())
    })
}
