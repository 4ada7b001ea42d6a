//! `Session On` keeps nothing by itself: a cookie or a database has to hold the session.

use super::form_login::with_type;
use super::login::line_behind;
use super::reading::given;
use crate::config::apache::{Form, ModuleState};
use crate::diagnostic::{Findings, Safety};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::Policy;

rule! {
    "apache/session-without-store" {
        reads: ApachePolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "sessions are on, but nothing keeps them: every login is forgotten at once",
    }
}

const SESSION: Id = id("Session");
const STORES: [Id; 5] = [
    id("SessionCookieName"),
    id("SessionCookieName2"),
    id("SessionDBDCookieName"),
    id("SessionDBDCookieName2"),
    id("SessionDBDPerUser"),
];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let is_main = policy.site.data.form == Form::Main;
    if !is_main || policy.site.data.modules.has_strangers() {
        return;
    }
    for (place, _) in with_type(policy, b"form") {
        let Some(session) = place.effective(&[SESSION]).set() else { continue };
        if !session.says(b"on") || !place.effective(&STORES).is_unset() {
            continue;
        }
        let finding = RULE
            .at(session.location())
            .message("nothing keeps the session: whoever has logged in is sent to the login again")
            .label("has no SessionCookieName or SessionDBDCookieName")
            .help("keep it in a cookie: `SessionCookieName session path=/`, and load mod_session_cookie");
        let has_cookies = policy.site.module("session_cookie_module") == ModuleState::Loaded;
        let finding = if has_cookies {
            finding.fix(
                Safety::Unsafe,
                "keep sessions in a cookie",
                vec![line_behind(session, "SessionCookieName session path=/;httponly")],
            )
        } else {
            finding
        };
        findings.push(given(finding, session));
    }
}
