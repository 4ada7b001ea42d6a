//! A prefix is no folder: `/admin` is the beginning of `/administrator` too.

use crate::diagnostic::Findings;
use crate::policy::nginx::{Kind, Matcher, Policy};

rule! {
    "nginx/prefix-overmatch" {
        reads: NginxPolicy, severity: Info, effect: NotEnforced, since: "0.1.0",
        summary: "a location without a final slash decides on the login of longer names as well",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places().filter(|place| place.kind() == Kind::Location) {
        let Some(Matcher::Prefix { path, .. }) = &policy.get(place.block).matcher else { continue };
        let last = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        let Some(location) = place.directive() else { continue };
        if last.is_empty() || last.contains(&b'.') || !location.is_certainly_here() {
            continue;
        }
        let asks = place.login().is_some_and(|login| place.block_of(login) == Some(place.block));
        let exempt = place.is_exempt();
        if !asks && !exempt {
            continue;
        }
        let name = String::from_utf8_lossy(path).into_owned();
        let what = if exempt { "exempt from the login" } else { "asked for the login" };
        findings.push(
            RULE.at(location.words_location())
                .message(format!("this is every path that begins so: {name}x is {what} too"))
                .label("a beginning, not a folder")
                .help(format!("write `location {name}/`, with `location = {name}` beside it where the name alone is asked for")),
        );
    }
}
