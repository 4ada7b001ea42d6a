//! `Header unset WWW-Authenticate` where it does remove the challenge.

use super::headers::lines;
use super::logins::Logins;
use super::proxied::{Handed, Proxied};
use super::reading::given;
use crate::config::apache::Directive;
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Effective, Kind, Place, Policy};

rule! {
    "apache/challenge-removed" {
        reads: ApachePolicy, severity: Warning, effect: AuthLost, since: "0.1.0",
        summary: "Header unset removes the challenge from the 401: browsers never ask for a password",
    }
}

const ERROR_DOCUMENT: Id = id("ErrorDocument");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut logins: Option<Logins<'_, '_>> = None;
    let mut handed_on: Option<Handed<'_>> = None;
    for place in policy.places() {
        for line in lines(place) {
            if !line.is("WWW-Authenticate") || !line.removes() || line.value.is_some() {
                continue;
            }
            let at = line.directive.location();
            let finding = RULE.at(at);
            // httpd puts its own challenge back, unless a page of its own takes the place of the answer
            let logins = logins.get_or_insert_with(|| Logins::new(policy, findings));
            let page = if line.always { page(place, logins) } else { None };
            if let Some((page, login)) = page {
                let finding = finding
                    .message("the page of the error loses the challenge by this line: browsers show the page and never ask for a password")
                    .related(page.location(), "answers 401 by a page")
                    .related(login.location(), "asks for a login")
                    .help("leave the line out");
                let finding = if line.directive.is_in_template() {
                    finding
                } else {
                    finding.fix(Safety::Safe, "leave the line out", vec![Edit::delete(at)])
                };
                findings.push(given(finding, line.directive));
                continue;
            }
            let handed_on = handed_on.get_or_insert_with(|| Handed::new(policy, findings));
            let path = place.path();
            let is_meant = |one: &Proxied<'_>| match place.kind() {
                Kind::Server => true,
                Kind::Location => {
                    one.server == place.server()
                        && path.as_ref().is_some_and(|path| one.path.starts_with(path))
                }
                _ => false,
            };
            let handed = handed_on.of(place.server(), 1, is_meant).next();
            let Some(handed) = handed else { continue };
            // scripts that log in themselves do without the browser's window
            let finding = finding
                .severity(Severity::Info)
                .message("the challenge of the server behind is removed: browsers never ask for a password")
                .related(handed.directive.location(), "hands requests on")
                .depends_on("whether the server behind logs browsers in by a challenge");
            findings.push(given(finding, line.directive));
        }
    }
}

/// The page of the 401 that is in effect in the place, or in a folder under a login below it, with what asks for the login.
fn page<'p>(
    place: Place<'_, 'p>,
    logins: &Logins<'_, 'p>,
) -> Option<(Directive<'p>, Directive<'p>)> {
    let policy = place.policy;
    let own = place.own_login().is_some().then_some(place);
    let below = (place.kind() == Kind::Server).then(|| logins.of(place.server()));
    own.into_iter().chain(below.into_iter().flatten()).find_map(|login| {
        let merged = login.merged()?;
        let page = merged.sections().rev().find_map(|section| {
            policy.get(section).all(&[ERROR_DOCUMENT]).rev().find(|own| own.directive.says(b"401"))
        })?;
        let is_page = page.directive.arg(1)?.known()?.starts_with(b"/");
        let asks = login.own_login()?;
        let is_certain = !matches!(login.auth_type(), Effective::Unknown(_));
        (is_page && is_certain && login.asks_for_login())
            .then_some((page.directive, asks.directive))
    })
}
