//! `location = /login` exempts one URI: `/login/` still asks.

use super::evidence::evidence;
use super::slashes::{Answer, TRIES, answer, with_slash};
use crate::diagnostic::Findings;
use crate::policy::nginx::Policy;

rule! {
    "nginx/exact-exemption" {
        reads: NginxPolicy, severity: Info, effect: Unwanted401, since: "0.1.0",
        summary: "an exact location is exempt from the login, and the same path with a slash is not",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let exempt = policy.places().filter(|place| place.is_exempt());
    let exempt = exempt.filter_map(|place| Some((place, with_slash(place)?)));
    for (number, (place, path)) in exempt.enumerate() {
        if number >= TRIES {
            findings.cut_short().set();
            return;
        }
        let (Some(location), Some((request, Answer::Asks))) =
            (place.directive(), answer(place, &path))
        else {
            continue;
        };
        if !location.is_certainly_here() {
            continue;
        }
        let name = String::from_utf8_lossy(&path).into_owned();
        let finding = RULE
            .at(location.words_location())
            .message(format!(
                "only this one path is exempt: {name} and what is below it asks for a login"
            ))
            .label("one path and no other")
            .help(format!("write `location {name}` as well if that is meant to be exempt"));
        findings.push_with(finding, || evidence(policy, &request));
    }
}
