//! mod_auth_form sends no challenge: without a page to send users to, they get a bare 401.

use super::evidence;
use super::form_login::with_type;
use super::reading::given;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Place, Policy};

rule! {
    "apache/form-without-login-page" {
        reads: ApachePolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "AuthType form has no login page to send users to, and browsers show a bare 401",
    }
}

const LOGIN_REQUIRED: Id = id("AuthFormLoginRequiredLocation");
const ERROR_DOCUMENT: Id = id("ErrorDocument");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for (place, own) in with_type(policy, b"form") {
        if !place.effective(&[LOGIN_REQUIRED]).is_unset() || has_page(place) {
            continue;
        }
        let finding = RULE
            .at(own.location())
            .message("no page has a form for this login: browsers show a bare 401 and ask for nothing")
            .label("sends no challenge")
            .help("name the page with the form: `AuthFormLoginRequiredLocation \"/login.html\"`, or as `ErrorDocument 401`");
        findings.push_with(given(finding, own), || evidence::answered(place, 401));
    }
}

/// Whether the page of 401 may be a form.
fn has_page(place: Place<'_, '_>) -> bool {
    let Some(merged) = place.merged() else { return true };
    merged.sections().any(|section| {
        place.policy.get(section).all(&[ERROR_DOCUMENT]).any(|own| own.directive.says(b"401"))
    })
}
