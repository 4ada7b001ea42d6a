//! A password file that the server hands out like any other file.

use super::reading::given;
use crate::config::Presence;
use crate::diagnostic::{Findings, Severity};
use crate::grammar::apache::{Id, id};
use crate::policy::answer::{Handler, Outcome, Prediction};
use crate::policy::apache::{Place, Policy};
use crate::policy::files::Files;
use crate::policy::request::{Credential, Request};
use crate::policy::user_file;
use crate::rules::evidence::answered;
use std::collections::HashSet;

rule! {
    "apache/password-file-exposed" {
        reads: ApachePolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "the password file lies in a folder that is served, and anybody can fetch it",
    }
}

const AUTH_USER_FILE: Id = id("AuthUserFile");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if policy.is_open() {
        return;
    }
    // one finding a file: that is what is to be moved
    let mut told = HashSet::new();
    let mut tried = HashSet::new();
    for place in policy.places() {
        let Some(own) = place.own(AUTH_USER_FILE) else { continue };
        let Some(value) = own.directive.arg(0) else { continue };
        let found = policy.reference(own.directive);
        if found.is_some_and(|found| found.presence == Presence::Missing) {
            continue;
        }
        let Some(name) = value.known().filter(|name| name.starts_with(b"/")) else { continue };
        if told.contains(&(name.to_vec(), Severity::Error))
            || !tried.insert((place.server(), name.to_vec()))
        {
            continue;
        }
        let Some(mut request) = place.path_to(&name).and_then(|path| place.request_for(&path))
        else {
            continue;
        };
        let predict = |request: &Request| policy.predict(Files::none(policy.site.project), request);
        let strangers = predict(&request);
        let finding = RULE.at(value.location());
        let finding = if hands_out(&strangers) {
            finding
                .message("the password file lies in a folder that is served: anybody can fetch it")
        } else if strangers.is_status(401) {
            let user = user_of(place);
            request.credential = Some(Credential::Basic { user, password: None });
            if !hands_out(&predict(&request)) {
                continue;
            }
            finding.severity(Severity::Warning).message(
                "the password file lies in a folder that is served: whoever has a login can fetch what everybody else's password is made into",
            )
        } else {
            continue;
        };
        if !told.insert((name.into_owned(), finding.severity)) {
            continue;
        }
        let finding = finding
            .label("can be fetched")
            .help("move it out of the folders that are served, such as to /etc/apache2/htpasswd");
        findings.push_with(given(finding, own.directive), || Some(answered(&request, None)));
    }
}

/// Whether a file that is there is certainly sent.
fn hands_out(prediction: &Prediction) -> bool {
    let sent = Outcome::Passed(Handler::File);
    let fits = |outcome: &Outcome| *outcome == sent || *outcome == Outcome::Answered(404);
    prediction.possible.contains(&sent) && prediction.possible.iter().all(fits)
}

/// A user who is let in.
fn user_of(place: Place<'_, '_>) -> Vec<u8> {
    let requirements = place.requirements();
    let named = requirements.iter().find(|leaf| leaf.asks("user"));
    let name = named.and_then(|leaf| leaf.words().next()?.known());
    if let Some(name) = name {
        return name.into_owned();
    }
    let of_file = place
        .text_of(AUTH_USER_FILE)
        .and_then(|(_, text)| user_file::apache_users(text).into_iter().min());
    of_file.unwrap_or_else(|| b"user".to_vec())
}
