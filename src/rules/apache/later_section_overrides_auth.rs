//! Of two sections for the same folder the later one counts.

use super::overriding::tell;
use crate::diagnostic::Findings;
use crate::policy::apache::{Kind, Policy};

rule! {
    "apache/later-section-overrides-auth" {
        reads: ApachePolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "a later <Directory> for the same folder takes the place of the login that the earlier one asks for",
    }
}

const TEXT: (&str, &str) = (
    "this later section for the same folder takes the place of",
    "keep one of the two sections, or remove the Require of this one",
);

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    tell(policy, Kind::Directory, &RULE, TEXT, findings);
}
