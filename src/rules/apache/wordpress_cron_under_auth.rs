//! WordPress calls wp-cron.php and its REST interface itself, and knows no password of the server.

use super::evidence;
use super::reading::given;
use super::wordpress::{asks, is_root, user_requirement};
use crate::diagnostic::Findings;
use crate::policy::apache::Policy;

rule! {
    "apache/wordpress-cron-under-auth" {
        reads: ApachePolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "WordPress calls its own wp-cron.php, which is under a login: what is scheduled never runs",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let Some(require) = user_requirement(place).filter(|_| is_root(place)) else { continue };
        let Some(mut path) = place.path() else { continue };
        if !path.ends_with(b"/") {
            path.push(b'/');
        }
        path.extend_from_slice(b"wp-cron.php");
        let Some(request) = place.request_for(&path).filter(|request| asks(policy, request)) else {
            continue;
        };
        let finding = RULE
            .at(require.location())
            .message("WordPress calls wp-cron.php and /wp-json/ of its own site, and has no password for this login: what is scheduled never runs")
            .label("holds for wp-cron.php, too")
            .help("let it out: `<Files \"wp-cron.php\">` with `Require all granted`, or let the server's cron call it");
        findings.push_with(given(finding, require), || evidence::evidence(policy, &request));
    }
}
