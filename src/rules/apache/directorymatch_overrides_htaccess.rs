//! <DirectoryMatch> and <Directory ~> are merged after all plain folders and .htaccess files.

use super::overriding::tell;
use crate::diagnostic::Findings;
use crate::policy::apache::{Kind, Policy};

rule! {
    "apache/directorymatch-overrides-htaccess" {
        reads: ApachePolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "a <DirectoryMatch> with a Require of its own takes the place of the login of a folder or its .htaccess",
    }
}

const TEXT: (&str, &str) = (
    "<DirectoryMatch> is merged after all folders and .htaccess files, and its Require takes the place of",
    "write a plain <Directory> for it, or remove its Require",
);

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    tell(policy, Kind::DirectoryMatch, &RULE, TEXT, findings);
}
