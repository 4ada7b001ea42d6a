//! One `allow` or `deny` in a block is enough, and none of the rules around it holds there any longer:
//! `ngx_http_access_merge_loc_conf`.

use super::edits::below;
use super::evidence::evidence;
use crate::diagnostic::{Findings, Safety, Severity};
use crate::policy::nginx::{Basic, Covers, Place, Policy};

rule! {
    "nginx/access-rules-replaced" {
        reads: NginxPolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "allow or deny in a block replace the list around it, its deny all included",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let Some(list) = place.own_addresses() else { continue };
        let Some(outer) = place.parent().map(Place::addresses) else { continue };
        let Some(denial) = outer.last_word().filter(|rule| !rule.allows) else { continue };
        let leaves_open =
            list.rules.iter().all(|rule| !rule.covers_a_family() && rule.covers != Covers::Unknown);
        if !leaves_open || place.has_stranger() || !denial.directive.is_certainly_here() {
            continue;
        }
        let has_login = place.login().is_some() || place.access_code().is_some();
        let severity = match (has_login, place.satisfy_any()) {
            // who meets no rule is asked for a login instead
            (true, Some(_)) => continue,
            (true, None) => Severity::Warning,
            (false, _) if matches!(place.basic(), Basic::Unknown) => continue,
            (false, _) => Severity::Error,
        };
        let [top, ..] = list.rules[..] else { continue };
        let (top, bottom) = (top.directive, list.rules.last().unwrap_or(&top).directive);
        let finding = RULE
            .at(top.words_location())
            .severity(severity)
            .message("this list takes the place of the one around it, whose `deny all` does not hold here: a client that no rule here names is let in")
            .label("replaces all rules around it")
            .related(denial.directive.words_location(), "not in effect in that block")
            .help("repeat here every rule that shall hold, `deny all;` last; `allow all;` where everybody is meant")
            .fix(Safety::Unsafe, "keep everybody else out", vec![below(bottom, "deny all;")]);
        findings
            .push_with(finding, || place.request().and_then(|request| evidence(policy, &request)));
    }
}
