//! SessionMaxAge counts seconds.

use super::form_login::with_type;
use super::reading::given;
use crate::config::apache::Value;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::Policy;
use std::collections::HashSet;

rule! {
    "apache/session-maxage-small" {
        reads: ApachePolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "SessionMaxAge ends a login after a few seconds",
    }
}

const MAX_AGE: Id = id("SessionMaxAge");
/// Nobody reads a page and goes on within so many seconds.
const SMALL: u64 = 60;

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut told = HashSet::new();
    for (place, _) in with_type(policy, b"form") {
        let Some(own) = place.effective(&[MAX_AGE]).set() else { continue };
        let seconds = own
            .arg(0)
            .and_then(Value::known)
            .and_then(|text| std::str::from_utf8(&text).ok()?.parse::<u64>().ok());
        let Some(seconds) = seconds.filter(|&age| age > 0 && age < SMALL) else { continue };
        if !told.insert(own.location()) {
            continue;
        }
        let finding = RULE
            .at(own.location())
            .message(format!("{seconds} seconds after the last request the login is gone, and users have to log in again"))
            .label("counts seconds")
            .help(format!("write seconds: `SessionMaxAge {}` for {seconds} minutes", seconds * 60));
        findings.push(given(finding, own));
    }
}
