//! `RequestHeader unset Authorization`: early, httpd's own login never sees the header; late, the server behind does not.

use super::evidence::evidence;
use super::logins::Logins;
use super::passing::{is_allowed_to_others, is_for_programs};
use super::proxied::{Handed, Proxied};
use super::reading::given;
use crate::config::apache::Directive;
use crate::diagnostic::{Edit, Effect, Findings, Safety, Severity};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Kind, Place, Policy};
use crate::policy::files::Files;
use crate::policy::request::Credential;
use crate::source::{Location, Span};

rule! {
    "apache/authorization-header-removed" {
        reads: ApachePolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "RequestHeader removes Authorization before the login, or before the server behind that needs it",
    }
}

const REQUEST_HEADER: Id = id("RequestHeader");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut all: Option<Handed<'_>> = None;
    let mut logins: Option<Logins<'_, '_>> = None;
    for place in policy.places() {
        for own in place.all(const { &[REQUEST_HEADER] }) {
            let directive = own.directive;
            let name = directive.arg(1).and_then(|word| Some(word.known()?.to_ascii_lowercase()));
            let name = name.unwrap_or_default();
            if !directive.says(b"unset")
                || name.strip_suffix(b":").unwrap_or(&name) != b"authorization"
            {
                continue;
            }
            let rest: Vec<_> = directive.args().skip(2).collect();
            match &*rest {
                [] => {
                    let all = all.get_or_insert_with(|| Handed::new(policy, findings));
                    late(place, directive, all, findings);
                }
                [early] if early.is_ignoring_case(b"early") => {
                    let logins = logins.get_or_insert_with(|| Logins::new(policy, findings));
                    early_one(place, directive, logins, findings);
                }
                // on a condition
                _ => {}
            }
        }
    }
}

fn early_one<'p>(
    place: Place<'_, 'p>,
    directive: Directive<'p>,
    logins: &Logins<'_, 'p>,
    findings: &mut Findings,
) {
    let policy = place.policy;
    let login = logins.of(place.server()).find(|other| {
        let is_header = other.is_auth_type(b"basic") || other.is_auth_type(b"digest");
        is_header && other.asks_for_login()
    });
    let Some(login) = login else { return };
    let Some(asks) = login.own_login() else {
        return;
    };
    let at = directive.location();
    let early = directive.arg(2).map(crate::config::apache::Value::location);
    let mut finding = RULE
        .at(at)
        .message("`early` removes the Authorization header before httpd's own login looks at it: right passwords are answered 401")
        .related(asks.directive.location(), "asks for a login that nobody can pass");
    if let Some(early) = early.filter(|_| !directive.is_in_template()) {
        let end = directive.arg(1).map_or(early.span.start, |word| word.location().span.end);
        let gone = Location { span: Span::new(end, early.span.end), ..early };
        finding = finding.fix(
            Safety::Unsafe,
            "leave `early` out: then the header is removed behind the login, for the server behind only",
            vec![Edit::delete(gone)],
        );
    }
    finding.evidence = login.request().and_then(|mut request| {
        request.credential = Some(Credential::Basic { user: b"user".to_vec(), password: None });
        evidence(policy, &request).filter(|it| it.answer == Some(401))
    });
    findings.push(given(finding, directive));
}

fn late(place: Place<'_, '_>, directive: Directive<'_>, all: &Handed<'_>, findings: &mut Findings) {
    let policy = place.policy;
    let path = match place.kind() {
        Kind::Server => Vec::new(),
        Kind::Location => {
            let Some(path) = place.path() else { return };
            path
        }
        _ => return,
    };
    let is_here = |one: &Proxied<'_>| {
        place.kind() == Kind::Server || one.server == place.server() && one.path.starts_with(&path)
    };
    for one in all.of(place.server(), 4, is_here) {
        let host = policy.at(policy.servers[one.server.index()].defaults);
        let Some(mut request) = host.request_for(&one.path) else { continue };
        let files = Files::none(policy.site.project);
        let stranger = policy.predict(files, &request);
        all.allowance.charge(&stranger);
        let decided = |prediction: &crate::policy::answer::Prediction| {
            prediction
                .answer
                .decided
                .and_then(|at| prediction.answer.steps.get(at))
                .map_or(0, |step| step.depth)
        };
        let is_own_login = stranger.is_status(401) && decided(&stranger) == 0;
        if is_own_login {
            return;
        }
        request.credential = Some(Credential::Basic { user: b"user".to_vec(), password: None });
        let known = policy.predict(files, &request);
        let removed = known.answer.steps.iter().any(|step| step.at == Some(directive.location()));
        let shown = String::from_utf8_lossy(&one.path).into_owned();
        let finding = RULE
            .at(directive.location())
            .related(one.directive.location(), "hands the request on")
            .help("keep the header for servers that log people in themselves, and remove it in a `<Location>` where it is not wanted");
        let finding = if known.is_status(401) && removed && decided(&known) > 0 {
            finding.message(format!(
                "the server behind {shown} asks for a login and never gets the Authorization header: right passwords are answered 401"
            ))
        } else if removed && (is_for_programs(&one.path) || is_allowed_to_others(policy).is_some())
        {
            finding
                .severity(Severity::Warning)
                .effect(Effect::AuthLost)
                .message(format!(
                    "the server behind {shown} never gets the Authorization header, with which programs log in to interfaces like this"
                ))
        } else {
            continue;
        };
        let finding = given(finding, directive);
        findings
            .push_with(finding, || evidence(policy, &request).filter(|it| it.answer == Some(401)));
        return;
    }
}
