//! nginx has checked the user, and the application is not told who it is.

use crate::config::nginx::Value;
use crate::diagnostic::Findings;
use crate::policy::nginx::{Basic, Policy};
use std::collections::HashSet;

rule! {
    "nginx/remote-user-not-passed" {
        reads: NginxPolicy, severity: Info, effect: AuthLost, since: "0.1.0",
        summary: "REMOTE_USER is not among the parameters of an application behind a login",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for passing in policy.passings().filter(|passing| passing.module.is_application()) {
        let Basic::On(realm, _) = passing.place.basic() else { continue };
        let names_user = passing.lines().any(|line| {
            line.arg(0)
                .and_then(Value::known)
                .is_none_or(|name| name.eq_ignore_ascii_case(b"remote_user"))
        });
        if passing.is_open()
            || passing.lines().next().is_none()
            || names_user
            || !told.insert(passing.pass.words_location())
        {
            continue;
        }
        findings.push(
            RULE.at(passing.pass.words_location())
                .message("nginx asks for the login, and the application is not told who it was: REMOTE_USER is not among its parameters")
                .label("without REMOTE_USER")
                .related(realm.words_location(), "the user is known here")
                .help(format!("add `{} REMOTE_USER $remote_user;` where the application shall know the user", passing.module.setter)),
        );
    }
}
