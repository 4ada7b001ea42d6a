//! A rule against hidden files takes `/.well-known/` as well, where certificates and logins are proved.

use super::evidence::evidence;
use crate::config::nginx::Directive;
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::grammar::nginx::id;
use crate::policy::nginx::{Kind, Matcher, Place, Policy, status_of};
use std::collections::HashSet;

rule! {
    "nginx/dotfile-rule-blocks-well-known" {
        reads: NginxPolicy, severity: Error, effect: Unwanted403, since: "0.1.0",
        summary: "the location that blocks hidden files blocks /.well-known/, too",
    }
}

const CHALLENGE: &[u8] = b"/.well-known/acme-challenge/x";

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for server in policy.places().filter(|place| place.kind() == Kind::Server) {
        let is_refusal = |place: Place<'_, '_>| is_regex(place) && refuses(place).is_some();
        if !server.descendants().any(is_refusal) {
            continue;
        }
        let meant = meant(server);
        let uri = meant.as_ref().map_or_else(|| CHALLENGE.to_vec(), |(_, path)| path.clone());
        let Some(taker) = policy.route(server.block, &uri) else { continue };
        let (Some(location), Some(refuses)) = (taker.directive(), refuses(taker)) else { continue };
        if !is_regex(taker)
            || taker.is_open()
            || !told.insert((location.words_location().file, location.id))
        {
            continue;
        }
        let severity = if meant.is_some() || server.is_challenged() {
            Severity::Error
        } else {
            Severity::Info
        };
        let mut finding = RULE
            .at(location.words_location())
            .severity(severity)
            .message("this rule against hidden files takes /.well-known/ as well: challenges for certificates and the documents of logins are refused")
            .related(refuses.words_location(), "refuses them")
            .help("add `location ^~ /.well-known/ { }`, or except it: `~ /\\.(?!well-known/)`");
        if let Some((public, _)) =
            meant.and_then(|(public, path)| Some((public.directive()?, path)))
        {
            finding =
                finding.related(public.words_location(), "a prefix yields to regular expressions");
            if let Some(path) = public.arg(0).filter(|_| public.args().len() == 1) {
                finding = finding.fix(
                    Safety::Unsafe,
                    "let the prefix win",
                    vec![Edit::insert(path.location(), "^~ ")],
                );
            }
        }
        findings.push_with(finding, || {
            server.request_for(&uri).and_then(|request| evidence(policy, &request))
        });
    }
}

fn is_regex(place: Place<'_, '_>) -> bool {
    matches!(place.policy.get(place.block).matcher, Some(Matcher::Regex { .. }))
}

/// A prefix location of the server that was written for `/.well-known/`, with a path below it.
fn meant<'r, 'p>(server: Place<'r, 'p>) -> Option<(Place<'r, 'p>, Vec<u8>)> {
    let policy = server.policy;
    policy.locations(server.block).find_map(|(block, matcher)| match matcher {
        Matcher::Prefix { path, .. } if path.starts_with(b"/.well-known") => {
            let place = policy.place(block);
            let folder = path.strip_suffix(b"/").unwrap_or(path);
            refuses(place).is_none().then(|| (place, [folder, b"/x"].concat()))
        }
        _ => None,
    })
}

/// What refuses everybody in a place.
fn refuses<'p>(place: Place<'_, 'p>) -> Option<Directive<'p>> {
    let returned = place
        .own_all(const { &[id!("return")] })
        .find(|one| matches!(status_of(*one), Some(403 | 404 | 444)));
    returned.or_else(|| {
        let only = place.own_all(const { &[id!("allow"), id!("deny")] }).next()?;
        (only.is("deny") && only.arg(0)?.is(b"all") && place.satisfy_any().is_none())
            .then_some(only)
    })
}
