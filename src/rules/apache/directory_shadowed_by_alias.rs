//! A login for a folder below DocumentRoot whose URLs an Alias leads to another folder.

use super::evidence::evidence;
use super::reading::given;
use super::sections::{trimmed, upwards};
use crate::config::apache::Directive;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::answer::Outcome;
use crate::policy::apache::{Kind, Place, Policy, ServerId};
use crate::policy::files::Files;
use std::collections::HashMap;

rule! {
    "apache/directory-shadowed-by-alias" {
        reads: ApachePolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "a folder asks for a login, but an Alias leads its URLs to another folder, which is open",
    }
}

const ALIASES: [Id; 2] = [id("Alias"), id("ScriptAlias")];

/// The Alias lines of each server by their paths, with the folders that they lead to.
type Aliases<'p> = HashMap<ServerId, HashMap<Vec<u8>, (Vec<u8>, Directive<'p>)>>;

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut aliases = Aliases::new();
    for (index, server) in policy.servers.iter().enumerate() {
        for own in policy.at(server.defaults).all(&ALIASES) {
            let (Some(from), Some(to)) = (own.directive.arg(0), own.directive.arg(1)) else {
                continue;
            };
            let (Some(from), Some(to)) = (from.known(), to.known()) else { continue };
            let here = aliases.entry(ServerId(index as u32)).or_default();
            let one = (trimmed(&to).to_vec(), own.directive);
            here.entry(trimmed(&from).to_vec()).or_insert(one);
        }
    }
    if aliases.is_empty() {
        return;
    }
    for place in policy.places() {
        if !matches!(place.kind(), Kind::Directory | Kind::Htaccess) || place.own_login().is_none()
        {
            continue;
        }
        look(place, &aliases, findings);
    }
}

fn look(place: Place<'_, '_>, aliases: &Aliases<'_>, findings: &mut Findings) {
    let policy = place.policy;
    let Some(folder) = place.folder() else { return };
    let own = (place.server() != ServerId::MAIN).then(|| place.server());
    let mut servers: Vec<ServerId> = aliases.keys().copied().collect();
    servers.sort_unstable();
    for server in servers.into_iter().filter(|server| own.is_none_or(|own| own == *server)).take(8)
    {
        let Some(path) = place.path_in(server) else { continue };
        let found = upwards(&path).find_map(|above| aliases[&server].get(above));
        let Some((to, alias)) = found else { continue };
        if path == b"/" || trimmed(&folder).starts_with(to) || to.starts_with(trimmed(&folder)) {
            continue;
        }
        let host = policy.at(policy.servers[server.index()].defaults);
        let Some(request) = host.request_for(&path) else { continue };
        let prediction = policy.predict(Files::none(policy.site.project), &request);
        let is_closed = prediction.possible.iter().any(|outcome| {
            matches!(outcome, Outcome::Anything | Outcome::Answered(401 | 403 | 300..=399))
        });
        if is_closed {
            continue;
        }
        let login = place.own_login();
        let Some(at) = place.location().or_else(|| Some(login?.directive.location())) else {
            continue;
        };
        let finding = RULE
            .at(at)
            .message(format!(
                "{} leads to {}, not to this folder: the login here is never asked for, and what is there is open to everybody",
                String::from_utf8_lossy(&path),
                String::from_utf8_lossy(to)
            ))
            .related(alias.location(), "leads the URLs elsewhere")
            .help(format!(
                "write the login for {}, or in `<Location {}>`",
                String::from_utf8_lossy(to),
                String::from_utf8_lossy(trimmed(&path))
            ));
        findings.push_with(given(finding, *alias), || evidence(policy, &request));
        return;
    }
}
