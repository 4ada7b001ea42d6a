//! A regular expression is preferred to a prefix: it may take the path of `auth_request` away from the location that was
//! written for it.

use crate::config::nginx::{Directive, shown};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::policy::nginx::{Guard, Matcher, Place, Policy};
use std::collections::HashSet;

rule! {
    "nginx/auth-request-target-shadowed" {
        reads: NginxPolicy, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a regex location takes the path of auth_request away from its own location",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for guard in policy.guards() {
        let Some(Matcher::Regex { .. }) = policy.get(guard.target.block).matcher else { continue };
        let Some(meant) = meant(&guard) else { continue };
        let (Some(own), Some(taker)) = (meant.directive(), guard.target.directive()) else {
            continue;
        };
        if guard.is_only_asked() || !told.insert(guard.directive.id) {
            continue;
        }
        let finding = RULE
            .at(guard.directive.words_location())
            .message(format!(
                "the regex location takes {} away from `{}`: the check is answered by something else",
                shown(&guard.uri),
                own.title()
            ))
            .related(taker.words_location(), "wins, as regular expressions do over prefixes")
            .related(own.words_location(), "was written for the check")
            .help("write `^~` before the prefix, or `=` where the location is for this path alone");
        findings.push(match prefix(own) {
            Some(edit) => finding.fix(Safety::Unsafe, "let the prefix win", vec![edit]),
            None => finding,
        });
    }
}

/// The longest prefix location of the server that the path is in, where it was written for checks.
fn meant<'r, 'p>(guard: &Guard<'r, 'p>) -> Option<Place<'r, 'p>> {
    let policy = guard.server.policy;
    let prefixes =
        policy.locations(guard.server.block).filter_map(|(block, matcher)| match matcher {
            Matcher::Prefix { path, no_regex: false }
                if path.len() > 1 && guard.uri.starts_with(path) =>
            {
                Some((path.len(), block))
            }
            _ => None,
        });
    let (length, block) = prefixes.max()?;
    let place = policy.place(block);
    (length == guard.uri.len() || Guard { target: place, ..guard.clone() }.is_only_asked())
        .then_some(place)
}

fn prefix(location: Directive<'_>) -> Option<Edit> {
    let path = location.arg(0)?;
    (location.args().len() == 1).then(|| Edit::insert(path.location(), "^~ "))
}
