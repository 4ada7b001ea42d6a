//! `limit_except` belongs to one location: those inside it have none unless they write it again.

use super::evidence::evidence;
use crate::diagnostic::Findings;
use crate::policy::nginx::{Kind, Place, Policy};

rule! {
    "nginx/limit-except-not-inherited" {
        reads: NginxPolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "limit_except does not hold in the locations inside its location",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        if place.kind() != Kind::LimitExcept || !place.restricts_itself() {
            continue;
        }
        let (Some(limit), Some(location)) = (place.directive(), place.parent()) else { continue };
        let open: Vec<Place<'_, '_>> =
            location.inner().filter(|inner| is_left_open(*inner)).collect();
        let Some(&first) = open.first() else { continue };
        if !limit.is_certainly_here() || !location.is_certainly_open() {
            continue;
        }
        let mut finding = RULE
            .at(limit.words_location())
            .message("limit_except holds only in its own location: in the locations inside it every method is open to everybody")
            .label("not inherited")
            .help("write limit_except in the inner locations as well, or put what it says into a file that each includes");
        for inner in open.iter().take(4) {
            if let Some(block) = inner.directive() {
                finding = finding.related(block.words_location(), "open to every method");
            }
        }
        let written = place.methods_left_alone().unwrap_or_default();
        let refused = [&b"POST"[..], b"PUT", b"DELETE", b"GET"]
            .into_iter()
            .find(|method| !written.iter().any(|known| known == method));
        let request = first.request().zip(refused).map(|(mut request, method)| {
            request.method = method.to_vec();
            request
        });
        findings.push_with(finding, || request.and_then(|request| evidence(policy, &request)));
    }
}

/// Whether a location takes requests of every method from everybody, and nobody wrote that it shall.
fn is_left_open(place: Place<'_, '_>) -> bool {
    place.kind() == Kind::Location
        && place.takes_all_methods()
        && !place.inner().any(|inner| inner.kind() == Kind::LimitExcept)
        && place.is_certainly_open()
        && !place.is_exempt()
        && !place.has_stranger()
        && !place.is_open()
}
