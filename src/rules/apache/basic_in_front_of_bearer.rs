//! A request has one Authorization header: with a token in it, there is no place for a password.

use super::handed_on::Hosts;
use super::proxied::{Proxied, proxied};
use super::reading::given;
use crate::config::apache::Directive;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Policy, ServerId};
use crate::policy::files::Files;
use crate::policy::request::{Credential, Request};
use std::collections::{HashMap, HashSet};

rule! {
    "apache/basic-in-front-of-bearer" {
        reads: ApachePolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "the server behind wants a token in Authorization, and a Basic login in front takes no token",
    }
}

const AUTH_TYPE: Id = id("AuthType");
/// The types of login that take a token.
const TYPES: [&str; 5] = ["oauth20", "auth-openidc", "bearer", "jwt", "jwt-bearer"];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    let all = proxied(policy);
    if all.is_empty() {
        return;
    }
    let (hosts, tokens) = (Hosts::of(policy), tokens(policy));
    for one in all {
        let Some(token) = hosts.behind(&one).and_then(|host| tokens.get(&host)) else { continue };
        let Some(request) = request(policy, &one) else { continue };
        let prediction = policy.predict(Files::none(policy.site.project), &request);
        let basic =
            prediction.answer.challenge.as_deref().is_some_and(|it| it.starts_with("Basic"));
        let asked = prediction.answer.decided.and_then(|at| prediction.answer.steps.get(at)?.at);
        let Some(at) = asked.filter(|_| prediction.is_status(401) && basic) else { continue };
        if !told.insert(at) {
            continue;
        }
        let path = String::from_utf8_lossy(&one.path).into_owned();
        let finding = RULE
            .at(at)
            .message(format!(
                "a request to {path} carries a token in Authorization, not a password: this login answers it 401 before it gets there"
            ))
            .label("takes passwords only")
            .related(one.directive.location(), "hands on what it lets through")
            .related(token.location(), "wants a token")
            .help(format!("leave the path to the server behind: `<Location {path}>` with `Require all granted`"));
        let finding = given(finding, one.directive);
        findings.push_with(finding, || super::evidence::evidence(policy, &request));
    }
}

/// A request with a token to what is handed on.
fn request(policy: &Policy<'_>, one: &Proxied<'_>) -> Option<Request> {
    let place = policy.at(policy.servers[one.server.index()].defaults);
    let mut request = place.request_for(&one.path)?;
    request.credential = Some(Credential::Bearer(b"token".to_vec()));
    Some(request)
}

/// What wants a token, by virtual host.
fn tokens<'p>(policy: &Policy<'p>) -> HashMap<ServerId, Directive<'p>> {
    let mut all = HashMap::new();
    for place in policy.places() {
        let own = place.own(AUTH_TYPE).map(|own| own.directive);
        let by_type = own.filter(|it| TYPES.iter().any(|name| it.says(name.as_bytes())));
        let mut requires = place.own_requirements().map(|leaf| leaf.directive);
        let wants = |it: &Directive<'_>| it.args().any(|word| has(&word.decoded(), b"Bearer "));
        if let Some(directive) = by_type.or_else(|| requires.find(wants)) {
            all.entry(place.server()).or_insert(directive);
        }
    }
    all
}

fn has(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}
