//! A login for a folder whose URLs ProxyPass hands on: the sections of folders have no say in them.

use super::evidence::{evidence, outcome};
use super::proxied::{Proxied, proxied};
use super::reading::given;
use super::sections::{trimmed, upwards};
use crate::diagnostic::Findings;
use crate::policy::answer::Outcome;
use crate::policy::apache::{Kind, Place, Policy, ServerId};
use std::collections::HashMap;

rule! {
    "apache/directory-auth-on-proxied-path" {
        reads: ApachePolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "a folder asks for a login, but ProxyPass hands its URLs on, which the folder has no say in",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut handed: HashMap<ServerId, HashMap<Vec<u8>, Proxied<'_>>> = HashMap::new();
    for one in proxied(policy).into_iter().filter(|one| !one.is_pattern) {
        let paths = handed.entry(one.server).or_default();
        paths.entry(trimmed(&one.path).to_vec()).or_insert(one);
    }
    if handed.is_empty() {
        return;
    }
    for place in policy.places() {
        if !matches!(place.kind(), Kind::Directory | Kind::Htaccess) || place.own_login().is_none()
        {
            continue;
        }
        if let Some((one, path)) = find(place, &handed) {
            tell(place, one, &path, findings);
        }
    }
}

/// What hands on the whole folder, and the path of the folder.
fn find<'h, 'p>(
    place: Place<'_, 'p>,
    handed: &'h HashMap<ServerId, HashMap<Vec<u8>, Proxied<'p>>>,
) -> Option<(&'h Proxied<'p>, Vec<u8>)> {
    // what the main server says of a folder holds in every host that serves it
    let own = (place.server() != ServerId::MAIN).then(|| place.server());
    let mut servers: Vec<ServerId> = handed.keys().copied().collect();
    servers.sort_unstable();
    servers.into_iter().filter(|server| own.is_none_or(|own| own == *server)).take(8).find_map(
        |server| {
            let path = place.path_in(server)?;
            let one = upwards(&path).find_map(|above| handed[&server].get(above))?;
            Some((one, path))
        },
    )
}

fn tell(place: Place<'_, '_>, one: &Proxied<'_>, path: &[u8], findings: &mut Findings) {
    let policy = place.policy;
    let host = policy.at(policy.servers[one.server.index()].defaults);
    let Some(request) = host.request_for(path) else { return };
    // an exception, or a <Location>, may say more
    let at = one.directive.location();
    let prediction =
        policy.predict(crate::policy::files::Files::none(policy.site.project), &request);
    let is_handed = prediction.answer.steps.iter().any(|step| step.at == Some(at));
    let is_refused = |outcome: &Outcome| {
        matches!(outcome, Outcome::Anything | Outcome::Answered(401 | 403 | 300..=399))
    };
    if !is_handed || prediction.possible.iter().any(is_refused) {
        return;
    }
    let Some(login) = place.own_login() else {
        return;
    };
    let shown = String::from_utf8_lossy(path).into_owned();
    let section = place.section().directive;
    let message = format!(
        "{shown} is handed on by `{}`, and the login of this folder is never asked for: it is open to everybody",
        one.directive.name()
    );
    let help =
        format!("write the login in `<Location {}>`", String::from_utf8_lossy(location(path)));
    let finding = match section {
        Some(section) => RULE
            .at(section.location())
            .message(message)
            .related(at, "hands the URLs on, without a look at any folder"),
        None => RULE
            .at(at)
            .message(message.replace("this folder", "the folder's .htaccess"))
            .related(login.directive.location(), "is never read for these URLs"),
    };
    let mut finding = finding.help(help);
    if outcome(policy, &request).is_some() {
        finding.evidence = evidence(policy, &request);
    }
    findings.push(given(finding, one.directive));
}

/// The path without its last slash, which a <Location> leaves out.
fn location(path: &[u8]) -> &[u8] {
    match trimmed(path) {
        [] => b"/",
        path => path,
    }
}
