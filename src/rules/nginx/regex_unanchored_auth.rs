//! A regular expression without `^` matches anywhere in a path, and what decides on a login is chosen by whoever asks.

use super::evidence::evidence;
use crate::diagnostic::{Findings, Severity};
use crate::policy::nginx::{Kind, Matcher, Place, Policy};

rule! {
    "nginx/regex-unanchored-auth" {
        reads: NginxPolicy, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "a regular expression that decides on a login matches anywhere in the path",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places().filter(|place| place.kind() == Kind::Location) {
        let Some(Matcher::Regex { pattern, .. }) = &policy.get(place.block).matcher else {
            continue;
        };
        let Some(location) = place.directive() else { continue };
        let exempt = place.is_exempt();
        let asks = place.login().is_some_and(|login| place.block_of(login) == Some(place.block));
        if !(asks || exempt) || !location.is_certainly_here() || !is_unanchored(pattern) {
            continue;
        }
        let Some(sample) = policy.sample(pattern).filter(|sample| !sample.text.is_empty()) else {
            continue;
        };
        let around = place.parent().filter(|around| around.login().is_some());
        let (message, help) = if exempt {
            // an exemption from nothing
            if around.is_none() {
                continue;
            }
            (
                "this matches anywhere in a path: whoever puts these letters into one is not asked for a login",
                "begin the pattern with `^`, or write a prefix location",
            )
        } else {
            (
                "this matches anywhere in a path, and asks for a login wherever these letters occur",
                "begin the pattern with `^`, or write a prefix location",
            )
        };
        // segments of a path were thought of: mostly an interface with keys of its own, below any folder
        let is_segment = pattern.starts_with(b"/") || pattern.starts_with(b"(");
        let is_bound = is_segment && (exempt || ends_a_segment(pattern));
        let severity = if is_bound { Severity::Info } else { Severity::Warning };
        let text = String::from_utf8_lossy(&sample.text).into_owned();
        let slash = if text.starts_with('/') { "" } else { "/" };
        let finding = RULE
            .at(location.words_location())
            .severity(severity)
            .message(message)
            .label("not anchored")
            .help(help);
        findings.push_with(finding, || evidence_for(place, &format!("/elsewhere{slash}{text}")));
    }
}

fn evidence_for(place: Place<'_, '_>, path: &str) -> Option<crate::diagnostic::Evidence> {
    evidence(place.policy, &place.request_for(path.as_bytes())?)
}

/// Whether a pattern is bound neither to the beginning nor, as one for suffixes is, to the end of a path.
fn is_unanchored(pattern: &[u8]) -> bool {
    !pattern.starts_with(b"^")
        && !pattern.starts_with(b"(^")
        && !pattern.starts_with(b"(?")
        && !pattern.starts_with(b"\\.")
        && !pattern.ends_with(b"$")
        && !pattern.contains(&b'|')
}

/// Whether a pattern says where a segment of a path ends.
fn ends_a_segment(pattern: &[u8]) -> bool {
    pattern.ends_with(b"/")
        || pattern.ends_with(b"\\b")
        || memchr::memmem::find(pattern, b"/.").is_some()
}
