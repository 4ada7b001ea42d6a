//! An exception must be merged after what it is an exception from: folders and files come before paths of URLs.

use super::evidence;
use super::overriding::{follows, grants_all};
use super::reading::given;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Kind, Matcher, Policy};

rule! {
    "apache/exception-in-weaker-section" {
        reads: ApachePolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "an exception for a folder or file is merged before the <Location> that asks for the login, and does not count",
    }
}

const AUTH_TYPE: Id = id("AuthType");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let folder = matches!(place.kind(), Kind::Directory | Kind::Htaccess | Kind::Files);
        if !folder || !grants_all(place) {
            continue;
        }
        let Some(by) = place.decisive().filter(|by| by.kind() == Kind::Location) else { continue };
        let Matcher::Literal(outer) = &by.section().matcher else { continue };
        let Some(path) = place.path() else { continue };
        // the folder that is served needs its own Require, and is no exception
        if !is_deeper(&path, outer) || !follows(by, place) || !is_exception(policy, place.id) {
            continue;
        }
        if !place.asks_for_login() {
            continue;
        }
        let Some(user) = by.own_login() else {
            continue;
        };
        let granted: Vec<_> = place.own_requirements().collect();
        let at = place.section().directive.or_else(|| Some(granted.first()?.directive));
        let Some(at) = at.filter(|at| !at.is_in_template()) else { continue };
        let shown = String::from_utf8_lossy(&path);
        let finding = RULE
            .at(at.location())
            .label("is merged too early")
            .message("a <Location> is merged after all folders and files, and its login counts here, too: the answer is still 401")
            .related(user.directive.location(), "counts in the end")
            .help(format!(
                "write the exception as a <Location \"{}\"> behind that one",
                shown.trim_end_matches('/')
            ));
        findings.push_with(given(finding, at), || evidence::answered(place, 401));
    }
}

/// Whether `path` lies below `outer`.
fn is_deeper(path: &[u8], outer: &[u8]) -> bool {
    let outer = outer.strip_suffix(b"/").unwrap_or(outer);
    let rest = path.strip_prefix(outer).and_then(|rest| rest.strip_prefix(b"/"));
    rest.is_some_and(|rest| !rest.is_empty())
}

/// Whether the place would be open to everybody without its Require, if it were not for sections that are merged later; or
/// takes the login away in so many words.
fn is_exception(policy: &Policy<'_>, id: crate::policy::apache::SectionId) -> bool {
    let place = policy.at(id);
    if place.own(AUTH_TYPE).is_some_and(|own| own.directive.says(b"none")) {
        return true;
    }
    let Some(merged) = place.merged() else { return false };
    let before = merged.sections().take_while(|section| *section != id);
    let last = before.filter(|section| !policy.get(*section).requires.is_empty()).last();
    last.is_some_and(|section| grants_all(policy.at(section)))
}
