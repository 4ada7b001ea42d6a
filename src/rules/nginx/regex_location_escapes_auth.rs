//! A regular expression is preferred to a prefix: what it matches below a protected prefix is not protected.

use super::evidence::evidence;
use super::regex_locations::{MOST_PREFIXES, taken};
use crate::config::nginx::shown;
use crate::diagnostic::{Findings, Severity};
use crate::policy::nginx::{Kind, Place, Policy};
use std::collections::HashSet;

rule! {
    "nginx/regex-location-escapes-auth" {
        reads: NginxPolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "a regex location takes paths out of a protected prefix, and they need no login",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    let mut tried = 0;
    for place in policy.locations_and_servers() {
        if place.kind() != Kind::Location || place.is_open() {
            continue;
        }
        let (Some(login), Some(location)) = (place.login(), place.directive()) else { continue };
        // a login that the places around have as well is not this location's
        let is_own = place
            .parent()
            .and_then(Place::login)
            .is_none_or(|outer| (outer.inclusion, outer.id) != (login.inclusion, login.id));
        if !is_own {
            continue;
        }
        tried += 1;
        if tried > MOST_PREFIXES {
            findings.cut_short().set();
            return;
        }
        let escape = taken(place).find(|(regex, _)| {
            regex.is_certainly_open()
                && !regex.is_open()
                && !regex.has_code()
                && regex.own(const { crate::grammar::nginx::id!("internal") }).is_none()
        });
        let Some((regex, uri)) = escape else { continue };
        let Some(taker) = regex.directive() else { continue };
        if !told.insert((location.words_location().file, location.id)) {
            continue;
        }
        // files that belong to pages are less than what answers requests
        let severity = if regex.serves_files() { Severity::Warning } else { Severity::Error };
        let finding = RULE
            .at(location.words_location())
            .severity(severity)
            .message(format!(
                "`{}` takes {} out of this location: requests there need no login",
                taker.title(),
                shown(&uri)
            ))
            .label("a prefix yields to regular expressions")
            .related(taker.words_location(), "wins here, and asks for no login")
            .related(login.words_location(), "is not in effect there")
            .help("write `location ^~ …`, and inside of it again what the regex location does; or repeat the login in the regex location");
        findings.push_with(finding, || {
            place.request_for(&uri).and_then(|request| evidence(policy, &request))
        });
    }
}
