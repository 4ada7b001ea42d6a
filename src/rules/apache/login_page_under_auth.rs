//! The page with the form of a login, behind that login.

use super::evidence;
use super::form_login::{plain, with_type};
use super::reading::given;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::answer::Outcome;
use crate::policy::apache::Policy;
use crate::policy::files::Files;
use std::collections::HashSet;

rule! {
    "apache/login-page-under-auth" {
        reads: ApachePolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "the page with the login form needs the login itself, and sends users to itself for ever",
    }
}

const LOGIN_REQUIRED: Id = id("AuthFormLoginRequiredLocation");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for (place, auth_type) in with_type(policy, b"form") {
        let Some((page, path)) = plain(place.effective(&[LOGIN_REQUIRED])) else { continue };
        let end = path.iter().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(path.len());
        if !path.starts_with(b"/") || !told.insert(page.location()) {
            continue;
        }
        let Some(request) = place.request_for(&path[..end]) else { continue };
        let prediction = policy.predict(Files::none(policy.site.project), &request);
        let answer = &prediction.answer;
        let decided = answer.decided.and_then(|step| answer.steps.get(step)?.at);
        if prediction.outcome != Some(Outcome::Answered(302)) || decided != Some(page.location()) {
            continue;
        }
        let finding = RULE
            .at(page.location())
            .message("the page with the form needs this login itself: it sends browsers to itself until they give up")
            .label("is behind the login")
            .related(auth_type.location(), "holds for the page, too")
            .help("move the page out of the section, or give it a <Location> of its own with `Require all granted`");
        findings.push_with(given(finding, page), || evidence::evidence(policy, &request));
    }
}
