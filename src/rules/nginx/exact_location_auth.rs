//! `location = /admin` is one URI: `/admin/` and what is below it is another location's.

use super::evidence::evidence;
use super::slashes::{Answer, TRIES, answer, with_slash};
use crate::diagnostic::{Findings, Severity};
use crate::policy::nginx::{Matcher, Place, Policy};

rule! {
    "nginx/exact-location-auth" {
        reads: NginxPolicy, severity: Info, effect: NotEnforced, since: "0.1.0",
        summary: "an exact location asks for a login, and the same path with a slash does not",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let asking = policy.places().filter_map(|place| {
        let path = with_slash(place)?;
        let login = place.login().filter(|login| place.block_of(*login) == Some(place.block))?;
        Some((place, path, login))
    });
    for (number, (place, path, login)) in asking.enumerate() {
        if number >= TRIES {
            findings.cut_short().set();
            return;
        }
        let (Some(location), Some((request, Answer::Passes))) =
            (place.directive(), answer(place, &path))
        else {
            continue;
        };
        let Some(server) = place.server() else { continue };
        let prefixes = || server.inner().filter_map(|other| Some((other, prefix(other)?)));
        // somebody thought of the slash, and left it open
        let protected = prefixes().any(|(_, known)| known == path);
        if protected || !location.is_certainly_here() {
            continue;
        }
        // handed on to the same application, the slash is mostly the same page
        let target = target(place);
        let same = target.is_some()
            && prefixes()
                .any(|(other, known)| path.starts_with(known) && self::target(other) == target);
        let name = String::from_utf8_lossy(&path).into_owned();
        let finding = RULE
            .at(location.words_location())
            .severity(if same { Severity::Warning } else { Severity::Info })
            .message(format!(
                "only this one path asks for a login: {name} and what is below it does not"
            ))
            .label("one path and no other")
            .related(login.words_location(), "asked for here alone")
            .help(format!(
                "write `location {}` for the path and everything below it",
                &name[..name.len() - 1]
            ));
        findings.push_with(finding, || evidence(policy, &request));
    }
}

/// The path of a prefix location.
fn prefix<'r>(place: Place<'r, '_>) -> Option<&'r [u8]> {
    match place.policy.get(place.block).matcher.as_ref()? {
        Matcher::Prefix { path, .. } => Some(path),
        _ => None,
    }
}

/// Where a location hands requests on to.
fn target(place: Place<'_, '_>) -> Option<Vec<u8>> {
    Some(place.handler()?.arg(0)?.known()?.into_owned())
}
