//! A place without a login hands its requests on, inside of the server, to a place that asks for one.

use super::evidence::{evidence, outcome};
use super::regex_locations::exemption;
use crate::config::nginx::{Directive, shown};
use crate::diagnostic::Findings;
use crate::grammar::nginx::{Id, id};
use crate::policy::answer::Outcome;
use crate::policy::nginx::{Kind, Matcher, Place, Policy, local_path};
use std::collections::HashSet;

rule! {
    "nginx/internal-redirect-changes-auth" {
        reads: NginxPolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "index, try_files, rewrite or X-Accel-Redirect leads from a public place to one that asks for a login",
    }
}

/// Places whose requests are followed all the way: each is one evaluation.
const MOST_FOLLOWED: usize = 64;

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    let mut followed = 0;
    for place in policy.locations_and_servers() {
        if place.kind() != Kind::Location || place.is_open() || !place.is_certainly_open() {
            continue;
        }
        // that a place without a word on logins is open may be meant
        let (Some(off), Some(location)) = (exemption(place), place.directive()) else { continue };
        let redirect = match leads(place) {
            Some(redirect) => Some(redirect),
            None if followed < MOST_FOLLOWED => {
                followed += 1;
                sent_back(place)
            }
            None => {
                findings.cut_short().set();
                None
            }
        };
        let Some(Redirect { by, what, uri, to }) = redirect else { continue };
        let (Some(target), Some(login)) = (to.directive(), to.login()) else { continue };
        if target.id == location.id || !told.insert((off.words_location().file, off.id)) {
            continue;
        }
        let at = by.unwrap_or(off);
        let mut finding = RULE
            .at(at.words_location())
            .message(format!(
                "{what} leads from `{}`, which needs no login, to {}, and that asks for one",
                location.title(),
                shown(&uri)
            ))
            .related(off.words_location(), "is not in effect any more")
            .related(target.words_location(), "takes the request then")
            .related(login.words_location(), "asks for the login")
            .help(format!("write `{} off;` where the request ends up, too, or answer it in the public location", login.name()));
        finding.related.retain(|label| label.at != at.words_location());
        findings
            .push_with(finding, || place.request().and_then(|request| evidence(policy, &request)));
    }
}

struct Redirect<'r, 'p> {
    /// The directive to mend; the exemption where none is better.
    by: Option<Directive<'p>>,
    what: String,
    uri: Vec<u8>,
    to: Place<'r, 'p>,
}

/// Where the place's own directives lead, if that is a place with a login.
fn leads<'r, 'p>(place: Place<'r, 'p>) -> Option<Redirect<'r, 'p>> {
    const LEADS: [Id; 2] = [id!("try_files"), id!("rewrite")];
    let asks = |uri: &[u8]| {
        let to = place.policy.route(place.server()?.block, uri)?;
        let is_asked =
            to.login().is_some() && to.satisfy_any().is_none() && !to.is_open() && !to.has_code();
        is_asked.then_some(to)
    };
    for by in place.own_all(&LEADS) {
        let target = if by.is("try_files") {
            by.args().next_back()
        } else {
            by.arg(1).filter(|_| by.arg(2).is_some_and(|flag| flag.is(b"last")))
        };
        let is_path = target.is_some_and(|target| target.raw().first() == Some(&b'/'));
        let Some(uri) = target.filter(|_| is_path).and_then(local_path) else { continue };
        if let Some(to) = asks(&uri) {
            return Some(Redirect { by: Some(by), what: by.name().into_owned(), uri, to });
        }
    }
    let Some(Matcher::Exact(path) | Matcher::Prefix { path, .. }) =
        &place.policy.get(place.block).matcher
    else {
        return None;
    };
    if !path.ends_with(b"/") || !place.serves_files() {
        return None;
    }
    let names: Vec<Vec<u8>> = match place.effective(id!("index")).set() {
        Some(index) => index.args().filter_map(|name| Some(name.known()?.into_owned())).collect(),
        None => vec![b"index.html".to_vec()],
    };
    let uris = names
        .iter()
        .filter(|name| !name.contains(&b'$'))
        .map(|name| if name.starts_with(b"/") { name.clone() } else { [path, &name[..]].concat() });
    // whichever of the files is there
    let mut ends = Vec::new();
    for uri in uris {
        ends.push((asks(&uri)?, uri));
    }
    let (to, uri) = ends.into_iter().next()?;
    Some(Redirect { by: None, what: "the index".into(), uri, to })
}

/// Where an answer of another server of this configuration sends the request, if that is certainly a 401.
fn sent_back<'r, 'p>(place: Place<'r, 'p>) -> Option<Redirect<'r, 'p>> {
    place.handler().filter(|handler| handler.is("proxy_pass"))?;
    let request = place.request()?;
    if outcome(place.policy, &request)? != Outcome::Answered(401) {
        return None;
    }
    let steps = place
        .policy
        .predict(crate::policy::files::Files::none(place.policy.site.project), &request)
        .answer
        .steps;
    let step =
        steps.iter().find_map(|step| step.text.strip_prefix("X-Accel-Redirect leads to "))?;
    let uri = step.as_bytes().to_vec();
    let to = place.policy.route(place.server()?.block, &uri)?;
    Some(Redirect { by: to.directive(), what: "X-Accel-Redirect".into(), uri, to })
}
