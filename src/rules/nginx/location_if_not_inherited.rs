//! The rewrite module's code of a location, `if` and `return` among it, is not that of the locations inside it.

use super::evidence::evidence;
use crate::config::nginx::{Directive, Value};
use crate::diagnostic::Findings;
use crate::policy::nginx::{Code, Kind, Place, Policy};

rule! {
    "nginx/location-if-not-inherited" {
        reads: NginxPolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "the if that answers 401 in a location does not hold in the locations inside it",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        if place.kind() != Kind::Location {
            continue;
        }
        let Some((test, refusal)) = refusal(place) else { continue };
        let open: Vec<Place<'_, '_>> = place.inner().filter(|inner| is_left_open(*inner)).collect();
        let Some(&first) = open.first() else { continue };
        if !test.is_certainly_here() {
            continue;
        }
        let mut finding = RULE
            .at(test.words_location())
            .message("this `if` holds only in its own location: the locations inside it are open to everybody")
            .label("not inherited")
            .related(refusal.words_location(), "what a request without credentials gets")
            .help("repeat the `if` in the inner locations, or put it into `server`, where it runs for every request");
        for inner in open.iter().take(4) {
            if let Some(block) = inner.directive() {
                finding = finding.related(block.words_location(), "nothing is asked for here");
            }
        }
        finding.related.sort_by_key(|label| label.at.span.start);
        findings
            .push_with(finding, || first.request().and_then(|request| evidence(policy, &request)));
    }
}

/// The `if` of a location that refuses requests without credentials, with its `return`.
fn refusal<'p>(place: Place<'_, 'p>) -> Option<(Directive<'p>, Directive<'p>)> {
    let code = place.policy.get(place.block).code();
    code.iter().find_map(|code| {
        let Code::If(block) = code else { return None };
        let inside = place.policy.place(*block);
        let (test, answer) =
            (inside.directive()?, inside.own(const { crate::grammar::nginx::id!("return") })?);
        let status = answer.arg(0)?;
        let is_login = status.is(b"401") || status.is(b"403") && tests_credentials(test);
        is_login.then_some((test, answer))
    })
}

/// Whether a condition looks at what a client proves itself with.
fn tests_credentials(test: Directive<'_>) -> bool {
    const NAMES: [&[u8]; 7] =
        [b"authorization", b"token", b"api_key", b"apikey", b"secret", b"session", b"auth"];
    let Some(condition) = test.arg(0).and_then(Value::known) else { return false };
    let Some(name) = condition.split(|&byte| byte == b'$').nth(1) else { return false };
    let name = name.to_ascii_lowercase();
    let sent = [&b"http_"[..], b"cookie_", b"arg_"].iter().any(|kind| name.starts_with(kind));
    name.starts_with(b"ssl_client_verify")
        || name.starts_with(b"secure_link")
        || sent && NAMES.iter().any(|part| memchr::memmem::find(&name, part).is_some())
}

/// Whether a location answers everybody, and nobody wrote that it shall.
fn is_left_open(place: Place<'_, '_>) -> bool {
    let has_code = !place.policy.get(place.block).code().is_empty();
    place.kind() == Kind::Location
        && !has_code
        && place.takes_all_methods()
        && place.is_certainly_open()
        && !place.is_exempt()
        && !place.has_public_name()
        && !place.has_stranger()
        && !place.is_open()
}
