//! A <Location> is merged after every folder and file: its Require takes the place of theirs.

use super::overriding::tell;
use crate::diagnostic::Findings;
use crate::policy::apache::{Kind, Policy};

rule! {
    "apache/location-overrides-directory-auth" {
        reads: ApachePolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "a <Location> with a Require of its own takes the place of the login that an earlier section asks for",
    }
}

const TEXT: (&str, &str) = (
    "this <Location> is merged later, and its Require takes the place of",
    "remove its Require, or add the user to it; `AuthMerging And` in it keeps both",
);

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    tell(policy, Kind::Location, &RULE, TEXT, findings);
}
