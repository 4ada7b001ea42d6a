//! A header with an underscore for a server that drops such headers.

use super::headers::meaning;
use crate::config::nginx::{Directive, Value};
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Effective, Place, Policy};
use std::collections::HashSet;

rule! {
    "nginx/underscore-set-header" {
        reads: NginxPolicy, severity: Info, effect: AuthLost, since: "0.1.0",
        summary: "a header with an underscore is set, which nginx servers and others drop",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if !["proxy_set_header", "grpc_set_header"]
        .iter()
        .any(|name| policy.site.has_line(name, is_sent))
    {
        return;
    }
    let mut told = HashSet::new();
    for passing in policy.passings().filter(|passing| !passing.module.is_application()) {
        let lines = passing.lines().filter(|line| is_sent(*line));
        for line in lines {
            let Some(name) = line.arg(0) else { continue };
            let dashed: Vec<u8> = name
                .decoded()
                .to_ascii_lowercase()
                .iter()
                .map(|&byte| if byte == b'_' { b'-' } else { byte })
                .collect();
            let is_elsewhere = passing.behind().len() == 0;
            let drops = passing.behind().find(|server| drops(*server));
            if is_elsewhere && meaning(&dashed).is_none() || !is_elsewhere && drops.is_none() {
                continue;
            }
            if !told.insert(line.words_location()) {
                continue;
            }
            let shown = name.lossy();
            let mut finding = RULE
                .at(line.words_location())
                .message(format!("`{shown}` has an underscore: nginx drops such a header of a request without a word, and other servers take it for `{}`", shown.replace('_', "-")))
                .label("has an underscore")
                .help("write dashes; `$http_…` reads a name with dashes as well".to_owned());
            if let Some(server) = drops.and_then(Place::directive) {
                finding = finding
                    .related(server.words_location(), "drops it")
                    .severity(Severity::Warning)
                    .fix(
                        Safety::Unsafe,
                        "write dashes",
                        vec![Edit::replace(name.location(), shown.replace('_', "-"))],
                    );
            }
            findings.push(finding);
        }
    }
}

fn is_sent(line: Directive<'_>) -> bool {
    let name = line.arg(0).filter(|name| name.raw().contains(&b'_')).and_then(Value::known);
    name.is_some()
        && line.is_as_written()
        && name.is_some_and(|name| name.contains(&b'_') && !name.contains(&b'$'))
        && line.arg(1).is_some_and(|value| !value.is(b""))
}

/// Whether a server drops headers with underscores.
fn drops(server: Place<'_, '_>) -> bool {
    let is = |id: Id, wanted: &[u8], unset: bool| match server.effective(id) {
        Effective::Set(line, _) => line.arg(0).is_some_and(|value| value.is_ignoring_case(wanted)),
        Effective::Unset => unset,
        Effective::Unknown(_) => false,
    };
    is(id!("underscores_in_headers"), b"off", true)
        && is(id!("ignore_invalid_headers"), b"on", true)
}
