//! An `error_page` that gives the 401 of a Basic login another status: browsers ask for a password on 401 alone.

use super::evidence::evidence;
use crate::config::nginx::Value;
use crate::diagnostic::Findings;
use crate::grammar::nginx::id;
use crate::policy::answer::{Handler, Outcome};
use crate::policy::nginx::{Basic, Place, Policy};
use std::collections::HashSet;

rule! {
    "nginx/error-page-401-rewritten" {
        reads: NginxPolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "error_page gives the 401 of a password another status: no client ever asks for the password",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for place in policy.locations_and_servers() {
        let Some(page) = place.error_page(401) else { continue };
        if told.contains(&(page.inclusion, page.id)) || place.is_open() {
            continue;
        }
        let Basic::On(realm, _) = place.basic() else { continue };
        // a session beside the password may be what visitors log in with
        if place.auth_request().is_some()
            || place.other_login().is_some()
            || place.access_code().is_some()
            || place.satisfy_any().is_some()
        {
            continue;
        }
        let Some(status) = becomes(place) else { continue };
        told.insert((page.inclusion, page.id));
        let finding = RULE
            .at(page.words_location())
            .message(format!(
                "the 401 of the password becomes {status}: clients ask for a password on 401 alone, and nobody can log in"
            ))
            .related(realm.words_location(), "answers 401 first")
            .help("keep the status: `error_page 401 /page.html;`, without `=` and with a page of this server");
        findings
            .push_with(finding, || place.request().and_then(|request| evidence(policy, &request)));
    }
}

/// The status that a 401 becomes here, where it certainly is another one.
fn becomes(place: Place<'_, '_>) -> Option<u16> {
    let page = place.error_page(401)?;
    if page.args().any(Value::is_templated) || place.list(&[id!("error_page")]).open.is_some() {
        return None;
    }
    let statuses: Option<Vec<u16>> = place
        .answered_with(401, false)
        .possible
        .into_iter()
        .map(|outcome| match outcome {
            Outcome::Answered(401 | 0) | Outcome::Anything => None,
            Outcome::Answered(status) => Some(status),
            Outcome::Passed(Handler::File) => Some(200),
            Outcome::Passed(_) => None,
        })
        .collect();
    statuses?.first().copied()
}
