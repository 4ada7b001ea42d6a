//! AuthMerging in a section makes it drop what outer sections require, its own Require or not.

use super::evidence;
use super::login::as_far_as_known;
use super::reading::given;
use crate::diagnostic::{Edit, Effect, Findings, Safety};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::Policy;

rule! {
    "apache/authmerging-off-alone" {
        reads: ApachePolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "`AuthMerging Off` stands in a section without a Require and drops what is required above",
    }
}

const AUTH_MERGING: Id = id("AuthMerging");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let Some(own) = place.own(AUTH_MERGING).filter(|own| own.directive.says(b"off")) else {
            continue;
        };
        let at = own.directive.location();
        if !place.section().requires.is_empty() || own.directive.is_in_template() {
            continue;
        }
        let (Some(authorization), Some(merged)) = (place.authorization(), place.merged()) else {
            continue;
        };
        if authorization.required.is_some() {
            continue;
        }
        let above = merged.sections().take_while(|section| *section != place.id);
        let dropped = above.filter_map(|section| policy.get(section).requires.last()).last();
        let finding = RULE.at(at).label("drops every Require above");
        let strangers = place.for_strangers();
        let finding = match dropped {
            Some(dropped) => {
                finding.related(dropped.directive().location(), "does not count here any more")
            }
            // a lone .htaccess
            None if policy.is_open() => finding,
            None => continue,
        };
        let fails = strangers.is_status(500);
        let finding = if fails {
            finding.effect(Effect::ServerError).message(
                "without a Require of its own this section requires nothing, and AuthType minds: every request is answered 500",
            )
        } else {
            finding.message(
                "without a Require of its own this section requires nothing: everybody is let in",
            )
        };
        let finding = finding
            .help("remove the line: a section without a Require keeps those above")
            .fix(Safety::Unsafe, "remove `AuthMerging Off`", vec![Edit::delete(at)]);
        let finding = as_far_as_known(policy, finding, "requires anything in this folder");
        findings.push_with(given(finding, own.directive), || {
            evidence::evidence(policy, &place.request()?)
        });
    }
}
