//! The pages of the service that logs people in, under the check that only lets those in who are.

use crate::config::nginx::{Directive, shown};
use crate::diagnostic::{Findings, Severity};
use crate::grammar::nginx::id;
use crate::policy::nginx::{Basic, Guard, Kind, Matcher, Place, Policy, local_path, status_of};
use std::collections::{BTreeSet, HashMap, HashSet};

rule! {
    "nginx/auth-request-covers-login" {
        reads: NginxPolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "the login pages inherit auth_request: nobody can log in",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    callbacks(policy, findings);
    let mut told = HashSet::new();
    let mut known = HashMap::new();
    for guard in policy.guards() {
        let logins = known.entry(guard.server.block).or_insert_with(|| logins(guard.server));
        for place in guard.places.iter().filter(|place| is_meant_otherwise(**place)) {
            let Some(location) = place.directive() else { continue };
            let login = logins.iter().find(|(login, _)| login.block == place.block);
            let serves_check = is_around_check(*place, &guard);
            if login.is_none() && !serves_check
                || !told.insert((location.words_location().file, location.id))
            {
                continue;
            }
            let why = match login {
                Some((_, path)) => format!("people are sent to {} to log in, but", shown(path)),
                None => format!(
                    "the service that answers {} is behind this location, but",
                    shown(&guard.uri)
                ),
            };
            findings.push(
                RULE.at(location.words_location())
                    .message(format!("{why} auth_request is inherited here: who is not logged in gets the check's 401 instead of the login"))
                    .related(guard.directive.words_location(), "is in effect here, too")
                    .help("write `auth_request off;` in this location"),
            );
        }
    }
}

/// The path that a provider of `auth_oidc` sends people back to, under another login.
fn callbacks(policy: &Policy<'_>, findings: &mut Findings) {
    let auth_oidc = id!("auth_oidc");
    if !policy.site.has(auth_oidc) {
        return;
    }
    let mut told = HashSet::new();
    for place in policy.locations_and_servers() {
        let Some(oidc) = place.own(auth_oidc).filter(|own| own.is_certainly_here()) else {
            continue;
        };
        let (Some(name), Some(server)) = (oidc.arg(0), place.server()) else { continue };
        let is_it =
            |provider: &Directive<'_>| provider.arg(0).is_some_and(|one| one.raw() == name.raw());
        let provider = policy.site.directives("oidc_provider").find(is_it);
        let path = match provider.and_then(|provider| provider.child("redirect_uri")?.arg(0)) {
            Some(uri) => local_path(uri),
            None => Some(b"/oidc_callback".to_vec()),
        };
        let Some(path) = path else { continue };
        let Some(to) = policy.route(server.block, &path) else { continue };
        let login = match to.basic() {
            Basic::On(realm, _) => Some(realm),
            _ => to.auth_request(),
        };
        let Some(login) = login.filter(|_| to.satisfy_any().is_none() && !name.is(b"off")) else {
            continue;
        };
        if !told.insert(login.words_location()) {
            continue;
        }
        findings.push(
            RULE.at(login.words_location())
                .severity(Severity::Info)
                .message(format!("the provider sends people back to {}, and this login is asked for there as well: who has only the provider's gets 401", shown(&path)))
                .related(oidc.words_location(), "sends people to the provider")
                .help("one login for each location; or turn this one off where the provider sends people back to"),
        );
    }
}

/// Whether the place hands requests on and inherits its check: one that a person wrote there is meant.
fn is_meant_otherwise(place: Place<'_, '_>) -> bool {
    place.kind() == Kind::Location
        && !place.is_open()
        && place.own(id!("auth_request")).is_none()
        && place.own(id!("internal")).is_none()
        && place.satisfy_any().is_none()
        && place.handler().is_some_and(|handler| handler.name().ends_with("_pass"))
        && !place.has_code()
}

/// Whether the location is that of the service which is asked: its path begins the path of the check, and is not all of it.
fn is_around_check(place: Place<'_, '_>, guard: &Guard<'_, '_>) -> bool {
    match &place.policy.get(place.block).matcher {
        Some(Matcher::Prefix { path, .. }) => {
            path.len() > 1 && path.len() < guard.uri.len() && guard.uri.starts_with(path)
        }
        _ => false,
    }
}

/// The places that redirects of the server's own lead to, with the path.
fn logins<'r, 'p>(server: Place<'r, 'p>) -> Vec<(Place<'r, 'p>, Vec<u8>)> {
    let policy = server.policy;
    let mut paths = BTreeSet::new();
    for place in std::iter::once(server).chain(server.descendants()) {
        for page in place.own_all(&[id!("error_page")]) {
            let is_redirect = page.args().any(|word| word.is(b"=302") || word.is(b"=303"));
            let target = page.args().next_back();
            let has_host = target.is_some_and(|target| target.decoded().contains(&b':'));
            if page.args().any(|word| word.is(b"401")) && (is_redirect || has_host) {
                paths.extend(target.and_then(local_path));
            }
        }
        // only named locations are surely there for those who are refused
        let is_named = matches!(policy.get(place.block).matcher, Some(Matcher::Named(_)));
        for own in place.own_all(&[id!("return")]).filter(|_| is_named) {
            if matches!(status_of(own), Some(302 | 303 | 307)) {
                paths.extend(own.arg(1).and_then(local_path));
            }
        }
    }
    let routed = paths.into_iter().take(16);
    routed.filter_map(|path| Some((policy.route(server.block, &path)?, path))).collect()
}
