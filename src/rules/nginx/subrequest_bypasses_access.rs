//! Subrequests are not checked: `ngx_http_core_access_phase` looks at main requests only.

use crate::config::nginx::Directive;
use crate::diagnostic::Findings;
use crate::grammar::nginx::{Id, id};
use crate::policy::nginx::{Kind, Policy};
use std::collections::HashSet;

rule! {
    "nginx/subrequest-bypasses-access" {
        reads: NginxPolicy, severity: Info, effect: NotEnforced, since: "0.1.0",
        summary: "what a page includes by a subrequest is not checked for a login",
    }
}

/// What makes subrequests for pages: server-side includes, and texts before and behind a page.
const INCLUDES: [Id; 3] = [id!("ssi"), id!("add_before_body"), id!("add_after_body")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for server in policy.places().filter(|place| place.kind() == Kind::Server) {
        let inside = || std::iter::once(server).chain(server.descendants());
        let Some((place, login)) = inside().find_map(|place| Some((place, place.login()?))) else {
            continue;
        };
        for includes in inside().filter_map(|place| first_include(policy, place)) {
            let key = (includes.inclusion, includes.id);
            // where the login is asked for as well, who sees the page has passed it
            if !includes.is_certainly_here() || !told.insert(key) {
                continue;
            }
            let mut finding = RULE
                .at(includes.words_location())
                .message("what a page includes is fetched by subrequests, which access control does not look at: a page that is open to everybody can show what asks for a login")
                .label("makes subrequests")
                .related(login.words_location(), "not asked for what is included")
                .help("let open pages include nothing from there, or keep it out of reach of this server");
            if place.kind() == Kind::Location
                && let Some(location) = place.directive()
            {
                finding = finding.related(location.words_location(), "can be included");
            }
            findings.push(finding);
        }
    }
}

/// What makes subrequests in a place where somebody without credentials sees pages.
fn first_include<'p>(
    policy: &Policy<'p>,
    place: crate::policy::nginx::Place<'_, 'p>,
) -> Option<Directive<'p>> {
    if !place.is_certainly_open() || policy.get(place.block).kind == Kind::If {
        return None;
    }
    INCLUDES.iter().find_map(|&id| {
        let set = place.effective(id).set()?;
        let value = set.arg(0)?;
        (!value.is_ignoring_case(b"off") && !value.decoded().is_empty()).then_some(set)
    })
}
