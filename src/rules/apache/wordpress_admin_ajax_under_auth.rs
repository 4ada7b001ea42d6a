//! Pages of WordPress call wp-admin/admin-ajax.php for visitors, too.

use super::evidence;
use super::reading::given;
use super::wordpress::{asks, user_requirement};
use crate::config::apache::Site;
use crate::diagnostic::{Findings, Severity};
use crate::policy::apache::Policy;

rule! {
    "apache/wordpress-admin-ajax-under-auth" {
        reads: ApachePolicy, severity: Info, effect: Unwanted401, since: "0.1.0",
        summary: "wp-admin is under a login, and with it admin-ajax.php, which visitors' pages call",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut severity = None;
    for place in policy.places() {
        let Some(require) = user_requirement(place) else { continue };
        let path = match place.folder() {
            Some(folder) => Some(folder),
            None => place.path(),
        };
        let named = path.unwrap_or_default();
        let named = named.strip_suffix(b"/").unwrap_or(&named);
        if !named.ends_with(b"/wp-admin") || require.is_in_template() {
            continue;
        }
        let Some(mut path) = place.path() else { continue };
        if !path.ends_with(b"/") {
            path.push(b'/');
        }
        path.extend_from_slice(b"admin-ajax.php");
        let Some(request) = place.request_for(&path).filter(|request| asks(policy, request)) else {
            continue;
        };
        let severity = *severity.get_or_insert_with(|| severity_of(&policy.site));
        let finding = RULE
            .at(require.location())
            .message("admin-ajax.php is under this login, too: forms, shops and other plugins call it from the pages of every visitor, who is then asked for a password")
            .label("holds for admin-ajax.php, too")
            .severity(severity)
            .help("let it out: `<Files \"admin-ajax.php\">` with `Require all granted`");
        findings.push_with(given(finding, require), || evidence::evidence(policy, &request));
    }
}

/// Whoever names the file elsewhere means to let it out.
fn severity_of(site: &Site<'_>) -> Severity {
    let named = site.values_with(b"admin-ajax").next().is_some();
    if named { Severity::Warning } else { Severity::Info }
}
