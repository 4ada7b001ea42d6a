//! <If> is merged last of all: its Require takes the place of every other one while its condition holds.

use super::overriding::grants_all;
use super::reading::given;
use crate::diagnostic::Findings;
use crate::policy::answer::Outcome;
use crate::policy::apache::{Kind, Place, Policy};
use crate::policy::files::Files;
use crate::rules::evidence::answered;

rule! {
    "apache/if-overrides-auth" {
        reads: ApachePolicy, severity: Error, effect: NotEnforced, since: "0.1.0",
        summary: "an <If> that holds for ordinary requests takes the place of the login that other sections ask for",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let conditional = |place: &Place<'_, '_>| {
        matches!(place.kind(), Kind::If | Kind::ElseIf | Kind::Else) && grants_all(*place)
    };
    let mut all: Vec<Place<'_, '_>> = policy.places().filter(conditional).collect();
    if all.is_empty() {
        return;
    }
    let asks = |place: &Place<'_, '_>| {
        !matches!(place.kind(), Kind::Server | Kind::If | Kind::ElseIf | Kind::Else)
            && place.own_login().is_some()
    };
    for place in policy.places().filter(asks).take(64) {
        let Some(user) = place.own_login() else {
            continue;
        };
        let Some(request) = place.request().filter(|_| place.asks_for_login()) else { continue };
        let prediction = policy.predict(Files::none(policy.site.project), &request);
        let refused = |outcome: &Outcome| {
            matches!(outcome, Outcome::Anything | Outcome::Answered(401 | 403 | 500))
        };
        if prediction.possible.iter().any(refused) {
            continue;
        }
        let granted: Vec<_> = prediction.answer.steps.iter().filter_map(|step| step.at).collect();
        let by = all.iter().position(|one| {
            let mine: Vec<_> = one.own_requirements().collect();
            mine.iter().any(|leaf| granted.contains(&leaf.directive.location()))
        });
        let Some(by) = by.map(|at| all.swap_remove(at)) else { continue };
        // what a protected section says inside of itself is an exception
        let inside = by.parent().is_some_and(|parent| parent.id == place.id);
        let Some(head) = by.section().directive.filter(|head| !inside && !head.is_in_template())
        else {
            continue;
        };
        let finding = RULE
            .at(head.location())
            .label("holds for this request, and is merged last")
            .message("the condition holds for ordinary requests, and the Require in this section takes the place of the login: everybody is let in")
            .related(user.directive.location(), "does not count")
            .help("remove its Require, or write a condition that holds for the exception only");
        findings.push_with(given(finding, head), || Some(answered(&request, None)));
    }
}
