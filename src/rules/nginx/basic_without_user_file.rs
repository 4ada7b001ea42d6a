//! A realm without a password file: nginx has nothing to check a login against, and asks for none.

use super::evidence::evidence;
use super::realms::means_off;
use crate::config::nginx::Value;
use crate::diagnostic::Findings;
use crate::policy::nginx::{Basic, Kind, Policy};
use std::collections::HashSet;

rule! {
    "nginx/basic-without-user-file" {
        reads: NginxPolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "auth_basic names a realm but no file supplies the users, and nobody is asked for a login",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for place in policy.places() {
        let Basic::NoFile(realm) = place.basic() else { continue };
        // a block that only hands its realm on to blocks that name a file is no mistake
        let is_used = |block: &crate::policy::nginx::Place<'_, '_>| matches!(block.basic(), Basic::On(on, _) if on.id == realm.id && on.inclusion == realm.inclusion);
        if place.is_open() || place.descendants().any(|inner| is_used(&inner) || inner.is_open()) {
            continue;
        }
        if matches!(place.kind(), Kind::If | Kind::LimitExcept)
            && place.own(crate::grammar::nginx::id!("auth_basic")).is_none()
        {
            continue;
        }
        // a line that nginx refuses, or one that was to switch the login off, is another mistake
        let says = realm.arg(0).filter(|_| realm.args().len() == 1 && !realm.node().is_block());
        let means_other =
            says.is_none_or(|value| value.known().is_some_and(|text| means_off(&text)));
        if means_other || !realm.is_as_written() {
            continue;
        }
        if !told.insert((realm.inclusion, realm.id)) {
            continue;
        }
        let name = realm.arg(0).map(Value::shown).unwrap_or_default();
        let finding = RULE
            .at(realm.words_location())
            .message(format!(
                "auth_basic {name} has no auth_basic_user_file here or in any block around it: nobody is asked for a login"
            ))
            .label("asks nobody")
            .help("add `auth_basic_user_file FILE;`, or remove auth_basic where everybody may enter");
        findings
            .push_with(finding, || place.request().and_then(|request| evidence(policy, &request)));
    }
}
