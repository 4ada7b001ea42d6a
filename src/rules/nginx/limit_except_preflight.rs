//! A preflight is an OPTIONS request without credentials: a login for all methods but some asks it too.

use super::evidence::evidence;
use crate::config::nginx::{Directive, Value};
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::grammar::nginx::id;
use crate::policy::nginx::{Kind, Place, Policy};
use crate::source::Span;

rule! {
    "nginx/limit-except-preflight" {
        reads: NginxPolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "limit_except without OPTIONS asks CORS preflights for a login",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let Some(methods) = place.methods_left_alone() else { continue };
        if methods.iter().any(|method| method == b"OPTIONS") {
            continue;
        }
        let (Some(limit), Some(location)) = (place.directive(), place.parent()) else { continue };
        let Some(login) = place.login() else { continue };
        // code of the server may answer preflights before the login; that of the location does not run for the methods
        // that limit_except is about
        let answers_itself = place
            .server()
            .is_some_and(|server| server.inner().any(|inner| inner.kind() == Kind::If));
        if place.block_of(login) != Some(place.block)
            || location.login().is_some()
            || answers_itself
            || !limit.is_certainly_here()
        {
            continue;
        }
        let Some((header, severity)) = cors(location) else { continue };
        let Some(last) = limit.args().next_back() else { continue };
        let end = limit.at(Span::empty(last.location().span.end));
        let finding = RULE
            .at(limit.words_location())
            .severity(severity)
            .message("OPTIONS is not among these methods: a CORS preflight carries no credentials, and is answered 401")
            .label("asks every other method for a login")
            .related(header.words_location(), "other origins are meant to call this")
            .help("name OPTIONS among the methods that need no login")
            .fix(Safety::Unsafe, "let OPTIONS in", vec![Edit::insert(end, " OPTIONS")]);
        let request = location.request().map(|mut request| {
            request.method = b"OPTIONS".to_vec();
            request
        });
        findings.push_with(finding, || request.and_then(|request| evidence(policy, &request)));
    }
}

/// A header that shows that other origins are meant to call the location. Methods and headers are allowed in answers to
/// preflights only; an origin is enough for simple requests.
fn cors<'p>(place: Place<'_, 'p>) -> Option<(Directive<'p>, Severity)> {
    let list = place.list(&[id!("add_header")]);
    let named = |name: &[u8]| {
        list.directives.iter().copied().find(|header| {
            header
                .arg(0)
                .and_then(Value::known)
                .is_some_and(|known| known.eq_ignore_ascii_case(name))
        })
    };
    let preflight = named(b"Access-Control-Allow-Headers")
        .or_else(|| named(b"Access-Control-Allow-Methods"))
        .map(|header| (header, Severity::Error));
    preflight
        .or_else(|| named(b"Access-Control-Allow-Origin").map(|header| (header, Severity::Info)))
}
