//! Order, Allow, Deny and Satisfy are not merged: one of them in a section drops all of those above.

use super::compat::{COMPAT, Record};
use super::evidence;
use super::reading::given;
use crate::diagnostic::{Findings, Severity};
use crate::policy::apache::{Kind, Policy};

rule! {
    "apache/compat-not-merged" {
        reads: ApachePolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "an Allow, Deny or Satisfy drops the Order and Deny of the section above and lets everybody in",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        if place.kind() == Kind::Server || place.all(&COMPAT).next().is_none() {
            continue;
        }
        let Some(record) = Record::of(place, place.id) else { continue };
        // whoever writes an Order, or lets all in, means a list of its own
        if record.order.is_some() || record.allow_all.is_some() || record.deny_all.is_some() {
            continue;
        }
        let Some(merged) = place.merged() else { continue };
        let before = merged.sections().take_while(|id| *id != place.id);
        let above = before.filter_map(|id| Record::of(place, id)).last();
        let Some(dropped) = above.and_then(|above| above.refuses()) else { continue };
        if record.first.is_in_template() {
            continue;
        }
        let open = place.lets_strangers_in();
        let finding = RULE
            .at(record.first.location())
            .label("starts a list of its own")
            .message(if open {
                "this section's own line drops the Order, Allow and Deny of the section above, and everybody is let in"
            } else {
                "this section's own line drops the Order, Allow and Deny of the section above: they keep nobody out here"
            })
            .related(dropped.location(), "does not count here")
            .help("repeat Order, Allow and Deny in this section, or write all of them as Require");
        let finding = if open { finding } else { finding.severity(Severity::Warning) };
        findings.push_with(given(finding, record.first), || {
            evidence::evidence(policy, &place.request()?).filter(|_| open)
        });
    }
}
