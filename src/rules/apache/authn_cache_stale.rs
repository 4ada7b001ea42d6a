//! What the cache of logins holds is right until its time is over, whatever has become of the user.

use super::reading::{given, read};
use crate::config::apache::Site;
use crate::diagnostic::Findings;

rule! {
    "apache/authn-cache-stale" {
        reads: Apache, severity: Info, effect: NotEnforced, since: "0.1.0",
        summary: "the cache of logins keeps old passwords good for a long time",
    }
}

/// Longer than anybody waits for a user to be locked out, in seconds.
const LONG: u64 = 1800;

fn check(site: &Site<'_>, findings: &mut Findings) {
    for directive in read(site, "AuthnCacheTimeout") {
        let Some(word) = directive.arg(0).filter(|_| !directive.is_in_template()) else { continue };
        let seconds = word.known().and_then(|text| std::str::from_utf8(&text).ok()?.parse().ok());
        let Some(seconds) = seconds.filter(|&seconds: &u64| seconds > LONG) else { continue };
        let finding = RULE
            .at(directive.location())
            .message(format!(
                "for {} minutes after a login, a user who was removed or has another password is let in with the old one",
                seconds / 60
            ))
            .label("counts seconds")
            .help("keep logins for the time of a few pages: `AuthnCacheTimeout 300` is the default");
        findings.push(given(finding, directive));
    }
}
