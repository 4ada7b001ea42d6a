//! A login that is asked for OPTIONS as well: browsers never send credentials with the request that they send ahead.

use super::cors::{Cors, preflight};
use super::evidence::evidence;
use crate::config::nginx::Directive;
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::policy::answer::Outcome;
use crate::policy::files::Files;
use crate::policy::nginx::{Kind, Place, Policy};
use crate::source::Span;
use std::collections::HashSet;

rule! {
    "nginx/preflight-under-auth" {
        reads: NginxPolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "a login is asked for the preflight of browsers too, which never carries credentials",
    }
}

/// How many preflights are tried at most.
const TRIED: usize = 200;

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    let mut tried = 0;
    for place in policy.locations_and_servers() {
        let cors = Cors::of(place);
        let Some(shown) = cors.expects_preflights(place) else { continue };
        let (Some(origin), false) = (cors.origin, place.is_open() || place.is_internal()) else {
            continue;
        };
        // the places in it are asked on their own
        let is_passed_on =
            place.kind() == Kind::Server && place.policy.locations(place.block).next().is_some();
        if is_passed_on || !told.insert(place.directive().map(Directive::words_location)) {
            continue;
        }
        let asks = asks_in(place);
        let Some(login) = asks else { continue };
        tried += 1;
        if tried > TRIED {
            return;
        }
        let Some(request) = preflight(place, origin) else { continue };
        let prediction = policy.predict(Files::none(policy.site.project), &request);
        let refused = |outcome: &Outcome| matches!(outcome, Outcome::Answered(401 | 403));
        let is_certain = prediction.outcome.as_ref().is_some_and(refused);
        // the answer of a service or of code is not here: that it refuses who proves nothing is what it is for
        let is_likely = prediction.possible.iter().any(refused)
            && (place.auth_request().is_some_and(|_| !tells_the_method(place))
                || place.access_code().is_some_and(refuses));
        if !is_certain && !is_likely || !told.insert(Some(login.words_location())) {
            continue;
        }
        let mut finding = RULE
            .at(login.words_location())
            .message("OPTIONS is asked for a login as well: browsers send a preflight without credentials, get no leave, and never send the request itself")
            .label("asks for a login")
            .related(shown.words_location(), "meant for browsers of another origin")
            .help("answer OPTIONS before the login: `if ($request_method = OPTIONS) { return 204; }` in the location");
        if let (Some(at), false) = (start_of(place), login.is("return")) {
            finding = finding.fix(Safety::Unsafe, "answer OPTIONS before the login", vec![at]);
        }
        if !is_certain {
            finding =
                finding.severity(Severity::Warning).depends_on(if place.auth_request().is_some() {
                    "whether the auth service refuses requests without credentials"
                } else {
                    "whether the code refuses requests without credentials"
                });
        }
        findings.push_with(finding, || evidence(policy, &request).filter(|_| is_certain));
    }
}

/// What asks for a login here: a directive, code, or an `if` that answers 401.
fn asks_in<'p>(place: Place<'_, 'p>) -> Option<Directive<'p>> {
    let answers_401 = |block: Place<'_, 'p>| {
        let inner = block.inner().take(200).filter(|inner| inner.kind() == Kind::If);
        let own: Vec<_> = inner
            .filter_map(|inner| inner.own(const { crate::grammar::nginx::id!("return") }))
            .filter(|answer| answer.arg(0).is_some_and(|code| code.is(b"401")))
            .collect();
        own.first().copied()
    };
    place
        .login()
        .or_else(|| place.access_code())
        .or_else(|| answers_401(place))
        .or_else(|| place.server().and_then(answers_401))
}

/// Whether the auth service is told which method the client used.
fn tells_the_method(place: Place<'_, '_>) -> bool {
    let Some(uri) = place.auth_request().and_then(|request| request.arg(0)?.known()) else {
        return true;
    };
    let Some(server) = place.server() else { return true };
    let target =
        server.inner().find(|inner| inner.matched_path().is_some_and(|path| *path == *uri));
    let Some(passing) = target.and_then(Place::passing) else { return true };
    passing.is_open()
        || passing.lines().any(|line| {
            line.arg(1).is_none_or(|value| {
                value.decoded().windows(15).any(|part| part == b"$request_method")
            })
        })
}

/// Whether Lua that is written here answers 401 and does not look at the method.
fn refuses(code: Directive<'_>) -> bool {
    let span = code.node().span;
    let text = code.source().bytes().get(span.start as usize..span.end as usize);
    let text = String::from_utf8_lossy(text.unwrap_or_default()).to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    has(&["401", "http_unauthorized"]) && !has(&["options", "method"])
}

/// Puts the answer to OPTIONS at the start of a location.
fn start_of(place: Place<'_, '_>) -> Option<Edit> {
    let block = place.directive().filter(|_| place.kind() == Kind::Location)?;
    let first = block.children().next().filter(|first| first.inclusion == block.inclusion)?;
    let start = first.node().span.start as usize;
    let before = &block.source().bytes()[..start];
    let indent = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let indent = String::from_utf8_lossy(&before[start - indent..]).into_owned();
    let text =
        format!("if ($request_method = OPTIONS) {{\n{indent}    return 204;\n{indent}}}\n{indent}");
    Some(Edit::insert(block.at(Span::empty(start as u32)), text))
}
