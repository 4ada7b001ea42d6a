//! A login in `http` is asked for by every server, those of tomorrow included.

use crate::diagnostic::Findings;
use crate::policy::nginx::{Kind, Place, Policy};

rule! {
    "nginx/http-level-auth" {
        reads: NginxPolicy, severity: Info, effect: Unwanted401, since: "0.1.0",
        summary: "a login in http holds for every server",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let Some(http) = policy.places().next().and_then(Place::parent) else { return };
    let Some(login) = http.login().filter(|_| http.kind() == Kind::Http) else { return };
    if !login.is_certainly_here() {
        return;
    }
    let servers = policy.servers.iter().map(|&server| policy.place(server));
    let asking: Vec<_> = servers
        .filter(|server| {
            server.login().is_some_and(|one| one.id == login.id && one.inclusion == login.inclusion)
        })
        .collect();
    let count = asking.len();
    if count < 2 {
        return;
    }
    let mut finding = RULE
        .at(login.words_location())
        .message(format!(
            "this login holds for every server that does not switch it off: {count} here"
        ))
        .label("for every server")
        .help("move it into the servers that are to be protected");
    for server in asking.iter().take(3).filter_map(|server| server.directive()) {
        finding = finding.related(server.words_location(), "asks for it");
    }
    findings.push(finding);
}
