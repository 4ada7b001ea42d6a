//! `Satisfy Any` is content with the address, and without Order and Deny every address will do.

use super::compat::{COMPAT, Record, in_effect};
use super::evidence;
use super::reading::given;
use crate::diagnostic::{Findings, Severity};
use crate::policy::apache::{Policy, SectionId};
use std::collections::HashSet;

rule! {
    "apache/compat-satisfy-any-open" {
        reads: ApachePolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "`Satisfy Any` holds where every address is allowed: nobody is asked for the login that is required",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let any = policy.places().any(|place| place.all(&COMPAT).next().is_some());
    let mut told = HashSet::new();
    for place in policy.places().filter(|_| any) {
        let mine: Vec<_> = place.own_requirements().collect();
        let Some(user) = mine.iter().find(|leaf| leaf.needs_user()) else { continue };
        let Some((section, record)) = in_effect(place) else { continue };
        let Some(satisfy) = record.satisfy_any else { continue };
        if satisfy.is_in_template()
            || record.refuses().is_some()
            || drops_another(place, section)
            || !place.lets_strangers_in()
            || !told.insert(satisfy.location())
        {
            continue;
        }
        let finding = RULE
            .at(satisfy.location())
            .label("is content with any address")
            .message("every address is allowed, and one of address and login is enough: nobody is asked for the login")
            .related(user.directive.location(), "never counts")
            .help("remove Satisfy; or say whose address is enough: `Require ip` beside the user in a <RequireAny>");
        // with an `Allow from all` beside it, the login may be switched off on purpose
        let finding =
            if record.allow_all.is_some() { finding.severity(Severity::Warning) } else { finding };
        findings
            .push_with(given(finding, satisfy), || evidence::evidence(policy, &place.request()?));
    }
}

/// Whether the record of `section` drops one that refuses somebody: a mistake of its own.
fn drops_another(place: crate::policy::apache::Place<'_, '_>, section: SectionId) -> bool {
    let Some(merged) = place.merged() else { return true };
    let before = merged.sections().take_while(|id| *id != section);
    let above = before.filter_map(|id| Record::of(place, id)).last();
    above.is_some_and(|above| above.refuses().is_some())
}
