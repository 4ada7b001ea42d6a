//! What ProxyPass hands on is open where only folders are protected: no `<Directory>` has a say in it.

use super::proxied::{Proxied, proxied};
use super::reading::given;
use super::sections::{trimmed, upwards};
use crate::diagnostic::{Findings, Severity};
use crate::policy::answer::Outcome;
use crate::policy::apache::{Kind, Place, Policy, ServerId};
use crate::policy::files::Files;
use std::collections::{HashMap, HashSet};

rule! {
    "apache/proxied-path-without-authz" {
        reads: ApachePolicy, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "ProxyPass hands on a part of a site whose folders ask for a login; that part is open",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let all = proxied(policy);
    if all.is_empty() || policy.is_open() {
        return;
    }
    let folders: Vec<Place<'_, '_>> = policy
        .places()
        .filter(|place| matches!(place.kind(), Kind::Directory | Kind::Htaccess))
        .filter(|place| place.own_requirements().next().is_some())
        .collect();
    let logins: Vec<Place<'_, '_>> = folders
        .iter()
        .filter(|place| place.own_login().is_some())
        .filter(|place| place.asks_for_login())
        .copied()
        .collect();
    let closed = folders.iter().find(|place| {
        let is_root =
            place.section().directive.is_some_and(|it| it.arg(0).is_some_and(|word| word.is(b"/")));
        is_root && place.for_strangers().is_status(403)
    });
    let mut told = HashSet::new();
    let mut by_server: HashMap<ServerId, HashMap<Vec<u8>, Place<'_, '_>>> = HashMap::new();
    for one in all {
        let paths = by_server.entry(one.server).or_insert_with(|| {
            let here = logins
                .iter()
                .filter(|place| place.server() == ServerId::MAIN || place.server() == one.server);
            here.filter_map(|place| Some((trimmed(&place.path_in(one.server)?).to_vec(), *place)))
                .collect()
        });
        let around = upwards(trimmed(&one.path)).find_map(|above| paths.get(above).copied());
        // one mild word for each server is enough
        if around.is_none() && (closed.is_none() || !told.insert(one.server)) {
            continue;
        }
        if !is_open(policy, &one) {
            continue;
        }
        let shown = String::from_utf8_lossy(&one.path).into_owned();
        let finding = RULE.at(one.directive.location());
        let finding = match (around, closed) {
            (Some(around), _) => {
                // the whole of that folder is another rule's matter
                let is_all = around.path_in(one.server).is_some_and(|path| {
                    trimmed(&path).starts_with(trimmed(&one.path)) && !one.is_pattern
                });
                if is_all {
                    continue;
                }
                let finding = finding.message(format!(
                    "{shown} is handed on without a login, although the folders around it ask for one: no `<Directory>` has a say in what is handed on"
                ));
                match around.location() {
                    Some(at) => finding.related(at, "asks for a login, for files only"),
                    None => finding,
                }
            }
            (None, Some(closed)) => {
                let finding = finding.severity(Severity::Info).message(format!(
                    "nothing says who may ask for {shown}: `Require all denied` for all folders does not hold for what is handed on"
                ));
                match closed.location() {
                    Some(at) => finding.related(at, "holds for files only"),
                    None => finding,
                }
            }
            _ => continue,
        };
        let finding = finding.help(format!("say in `<Location {shown}>` who may ask for it"));
        findings.push(given(finding, one.directive));
    }
}

/// Whether strangers are let in, and nothing says that they shall be.
fn is_open(policy: &Policy<'_>, one: &Proxied<'_>) -> bool {
    let host = policy.at(policy.servers[one.server.index()].defaults);
    let Some(request) = host.request_for(&one.path) else { return false };
    let prediction = policy.predict(Files::none(policy.site.project), &request);
    let at = one.directive.location();
    let steps = &prediction.answer.steps;
    steps.iter().any(|step| step.at == Some(at))
        && !steps.iter().any(|step| step.depth == 0 && step.phase == "authorization")
        && !prediction.possible.iter().any(|outcome| {
            matches!(outcome, Outcome::Anything | Outcome::Answered(401 | 403 | 300..=399))
        })
}
