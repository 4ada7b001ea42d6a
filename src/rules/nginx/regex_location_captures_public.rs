//! A regular expression is preferred to a prefix: what it matches below a public prefix asks for the login of the server.

use super::evidence::evidence;
use super::regex_locations::{MOST_PREFIXES, exemption, taken};
use crate::config::nginx::shown;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::policy::nginx::{Kind, Policy};
use std::collections::HashSet;

rule! {
    "nginx/regex-location-captures-public" {
        reads: NginxPolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "a regex location asks for a login for paths that a prefix location exempts",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    let mut tried = 0;
    for place in policy.locations_and_servers() {
        if place.kind() != Kind::Location {
            continue;
        }
        let (Some(off), Some(location)) = (exemption(place), place.directive()) else { continue };
        if place.is_open() || !place.is_certainly_open() {
            continue;
        }
        tried += 1;
        if tried > MOST_PREFIXES {
            findings.cut_short().set();
            return;
        }
        let captured = taken(place).find(|(regex, _)| {
            regex.login().is_some()
                && regex.satisfy_any().is_none()
                && !regex.is_open()
                && !regex.has_code()
                && regex.own(const { crate::grammar::nginx::id!("internal") }).is_none()
        });
        let Some((regex, uri)) = captured else { continue };
        let (Some(taker), Some(login)) = (regex.directive(), regex.login()) else { continue };
        if !told.insert((location.words_location().file, location.id)) {
            continue;
        }
        let finding = RULE
            .at(location.words_location())
            .message(format!(
                "`{}` answers {} with a login, although this location needs none",
                taker.title(),
                shown(&uri)
            ))
            .label("a prefix yields to regular expressions")
            .related(off.words_location(), "does not reach those paths")
            .related(taker.words_location(), "wins here")
            .related(login.words_location(), "asks for the login")
            .help("write `location ^~ …`, so that no regular expression is looked at; or exempt the regex location");
        let path = location.arg(0).filter(|_| location.args().len() == 1);
        let finding = match path {
            Some(path) if regex.serves_files() && place.serves_files() => finding.fix(
                Safety::Unsafe,
                "let the prefix win",
                vec![Edit::insert(path.location(), "^~ ")],
            ),
            _ => finding,
        };
        findings.push_with(finding, || {
            place.request_for(&uri).and_then(|request| evidence(policy, &request))
        });
    }
}
