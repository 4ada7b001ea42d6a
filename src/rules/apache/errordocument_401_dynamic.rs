//! A program answers the 401: what it says of the status counts, and the challenge may be lost.

use super::reading::given;
use super::sections::{trimmed, upwards};
use crate::config::apache::Value;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::Policy;
use std::collections::HashSet;

rule! {
    "apache/errordocument-401-dynamic" {
        reads: ApachePolicy, severity: Info, effect: AuthLost, since: "0.1.0",
        summary: "a program answers the 401: where it sets another status, browsers never ask for a password",
    }
}

const ERROR_DOCUMENT: Id = id("ErrorDocument");
const SCRIPT_ALIAS: Id = id("ScriptAlias");
const ENDS: [&[u8]; 6] = [b".php", b".cgi", b".pl", b".py", b".fcgi", b".jsp"];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut programs: Option<HashSet<Vec<u8>>> = None;
    for place in policy.places() {
        for own in place.all(const { &[ERROR_DOCUMENT] }) {
            let directive = own.directive;
            let Some(target) = directive.arg(1).and_then(Value::known) else { continue };
            let path = target.split(|&byte| byte == b'?').next().unwrap_or_default();
            if !directive.says(b"401") || !path.starts_with(b"/") || path.contains(&b' ') {
                continue;
            }
            let programs = programs.get_or_insert_with(|| {
                let all = policy.servers.iter().flat_map(|server| {
                    policy.at(server.defaults).section().all(&[SCRIPT_ALIAS]).collect::<Vec<_>>()
                });
                all.filter_map(|own| Some(trimmed(&own.directive.arg(0)?.known()?).to_vec()))
                    .collect()
            });
            let is_program = ENDS.iter().any(|end| path.ends_with(end))
                || upwards(path).any(|above| !above.is_empty() && programs.contains(above));
            if !is_program {
                continue;
            }
            let shown = String::from_utf8_lossy(path).into_owned();
            let finding = RULE
                .at(directive.location())
                .message(format!(
                    "{shown} answers in the place of the 401: a status or a redirect of its own takes the challenge's place, and browsers never ask for a password"
                ))
                .help("leave the status to httpd in the program, or name a plain page")
                .depends_on(format!("what status {shown} sets"));
            findings.push(given(finding, directive));
        }
    }
}
