//! One request has one Authorization header: where two logins that read it must both be content, nobody passes.

use crate::config::nginx::Directive;
use crate::diagnostic::{Finding, Findings, Severity};
use crate::grammar::nginx::{Id, id};
use crate::policy::answer::Outcome;
use crate::policy::files::Files;
use crate::policy::nginx::{Basic, Effective, Kind, Place, Policy};
use std::collections::{HashMap, HashSet};

rule! {
    "nginx/basic-and-bearer" {
        reads: NginxPolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "auth_basic and another login both read Authorization, and both must be content",
    }
}

/// Logins that want another scheme than Basic in the same header.
const OTHER_SCHEMES: [Id; 2] = [id!("auth_jwt"), id!("auth_digest")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    let mut asked: HashMap<_, u8> = HashMap::new();
    for place in policy.places() {
        let Basic::On(realm, _) = place.basic() else { continue };
        // `satisfy any`, or a block around that may say so
        let needs_both = match place.effective(id!("satisfy")) {
            Effective::Set(satisfy, _) => {
                satisfy.arg(0).is_some_and(|value| value.is_ignoring_case(b"all"))
            }
            Effective::Unset => true,
            Effective::Unknown(_) => false,
        };
        if !needs_both || place.kind() == Kind::If || !realm.is_certainly_here() {
            continue;
        }
        let other =
            OTHER_SCHEMES.iter().find_map(|&id| place.effective(id).set()).filter(|other| {
                // a token from elsewhere leaves the header to auth_basic
                let from_elsewhere =
                    other.args().any(|value| value.raw().windows(6).any(|part| part == b"token="));
                !other.arg(0).is_some_and(|value| value.is(b"off")) && !from_elsewhere
            });
        let found = || RULE.at(realm.words_location()).label("takes a password in Authorization");
        let (other, finding) = if let Some(other) = other {
            let text = format!(
                "auth_basic and {} both read the one Authorization header of a request, and both must be content: nobody can pass",
                other.name()
            );
            (other, found().message(text))
        } else if let Some(service) = place.auth_request() {
            // one request shows it; a few places may lie where none gets to
            let tries = asked
                .entry((realm.inclusion, realm.id, service.inclusion, service.id))
                .or_default();
            *tries += 1;
            if *tries > 4 {
                continue;
            }
            let Some(finding) = with_service(policy, place, service, found()) else { continue };
            (service, finding)
        } else {
            continue;
        };
        if !told.insert((realm.inclusion, realm.id, other.inclusion, other.id)) {
            continue;
        }
        findings.push(
            finding
                .related(other.words_location(), "reads the same header")
                .help("one login for each location; with `satisfy any;` one of them is enough"),
        );
    }
}

/// What there is to say of a password beside a service that is asked: whether it is content with the password's header.
fn with_service(
    policy: &Policy<'_>,
    place: Place<'_, '_>,
    service: Directive<'_>,
    finding: Finding,
) -> Option<Finding> {
    let uri = service.arg(0)?.known()?;
    let mut request = place.request()?;
    // user:password
    request.headers.push((b"Authorization".to_vec(), b"Basic dXNlcjpwYXNzd29yZA==".to_vec()));
    let files = Files::none(policy.site.project);
    let answer = policy.predict_subrequest(files, &request, &uri).outcome?;
    // a service that never looks at the header waits for something else, such as a cookie
    let looks = || policy.site.values_with_variable(|name| name.starts_with(b"http_authorization"));
    let mut looks =
        looks().filter(|(directive, _)| directive.is("if") || directive.known().is_none());
    if answer != Outcome::Answered(401) || looks.next().is_none() {
        return None;
    }
    // it may take a cookie as well
    Some(finding.severity(Severity::Warning).message(
        "auth_basic wants a password in Authorization, and the service that auth_request asks answers 401 to every password there",
    ))
}
