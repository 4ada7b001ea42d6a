//! `Allow from all` lifts a Deny, not a Require.

use super::compat::{COMPAT, Record};
use super::evidence;
use super::login::line_behind;
use super::reading::given;
use crate::diagnostic::{Effect, Findings, Safety};
use crate::policy::answer::Outcome;
use crate::policy::apache::{Kind, Policy};

rule! {
    "apache/compat-does-not-override-require" {
        reads: ApachePolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "`Allow from all` stands where a Require from above still holds: nobody is let in by it",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        if place.kind() == Kind::Server || place.all(&COMPAT).next().is_none() {
            continue;
        }
        if !place.section().requires.is_empty() {
            continue;
        }
        let Some(record) = Record::of(place, place.id) else { continue };
        let Some(allow) = record.allow_all else { continue };
        if record.refuses().is_some() || record.satisfy_any.is_some() || allow.is_in_template() {
            continue;
        }
        let (Some(merged), Some(above)) = (place.merged(), place.decisive()) else { continue };
        // what comes later is added to this on purpose
        if !merged.sections().take_while(|id| *id != place.id).any(|id| id == above.id) {
            continue;
        }
        let Some(leaf) = above.own_requirements().next() else { continue };
        let finding = RULE.at(allow.location()).label("lifts a Deny only");
        let finding = match place.for_strangers().outcome {
            Some(Outcome::Answered(401)) => {
                finding.message("a Require from above still holds here, and this does not lift it: the answer is 401")
            }
            Some(Outcome::Answered(403)) => finding
                .effect(Effect::Unwanted403)
                .message("a Require from above still holds here, and this does not lift it: the answer is 403"),
            _ => continue,
        };
        let finding = finding
            .related(leaf.directive.location(), "still holds")
            .help("write `Require all granted` for Order and Allow: it takes the place of the Require above")
            .fix(
                Safety::Unsafe,
                "add `Require all granted`",
                vec![line_behind(allow, "Require all granted")],
            );
        findings.push_with(given(finding, allow), || evidence::evidence(policy, &place.request()?));
    }
}
