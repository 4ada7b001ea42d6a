//! `[[expect]]` in lint401.toml: what somebody expects of a request, and the configuration does not do.

use super::contracts::{asked, told};
use crate::diagnostic::{Effect, Finding, Findings};
use crate::policy::answer::{Outcome, Prediction, Step};
use crate::policy::contract::{Contracts, Kind, Wanted};
use crate::policy::mask::Masked;
use crate::source::Location;

rule! {
    "lint401/broken-contract" {
        reads: Contracts, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "a request is answered otherwise than a contract in lint401.toml expects",
    }
}

/// Steps of the story that a finding shows, at most; the nearest to the end.
const MOST_STEPS: usize = 8;

fn check(all: &Contracts<'_>, findings: &mut Findings) {
    for one in all.open.iter().filter(|one| one.is_broken) {
        let Ok(prediction) = &one.found else { continue };
        let contract = one.contract;
        let masked = all.masked(contract);
        let place = all.place(contract);
        let message = format!(
            "{} {}, and the contract expects {}",
            asked(contract, &masked),
            told(prediction),
            contract.wanted.words()
        );
        let decisive = decisive(prediction);
        let decisive = decisive.and_then(|step| Some((step.at?, masked.text(&step.text))));
        let opened = one.opened_at.map(|at| (at, "switches the login off".into()));
        let finding = match opened.or(decisive) {
            Some((at, text)) => {
                let finding = RULE.at(at).label(text.into_owned());
                story(finding, prediction, at, &masked).related(place, "expected here")
            }
            None => RULE.at(place).label("expected here"),
        };
        let finding = finding
            .message(message)
            .help("mend the configuration, or the contract where this is meant")
            .effect(effect(&contract.wanted, prediction));
        findings.push_with(finding, || {
            let mut evidence = crate::rules::evidence::of(&contract.request, prediction)?;
            evidence.url = masked.text(&evidence.url).into_owned();
            Some(evidence)
        });
    }
}

/// The step that the answer is due to: of a request that passes, the last one before somebody answers it.
fn decisive(prediction: &Prediction) -> Option<&Step> {
    let answer = &prediction.answer;
    let end = answer.decided.map_or(answer.steps.len(), |step| step + 1).min(answer.steps.len());
    let has_place = |step: &&Step| step.at.is_some();
    if matches!(answer.outcome, Outcome::Passed(_)) {
        let decides = |step: &&Step| {
            matches!(
                step.phase,
                "access" | "authentication" | "authorization" | "location" | "sections" | "server"
            )
        };
        let mut steps = answer.steps.iter().rev().filter(|step| step.depth == 0);
        return steps.find(|step| has_place(step) && decides(step));
    }
    answer.steps.get(..end)?.iter().rev().find(has_place)
}

/// What happened on the way, each place once.
fn story(
    mut finding: Finding,
    prediction: &Prediction,
    decisive: Location,
    masked: &Masked<'_>,
) -> Finding {
    let steps = &prediction.answer.steps;
    let first = steps.len().saturating_sub(MOST_STEPS);
    let mut seen = vec![Some(decisive)];
    for step in &steps[first..] {
        if let Some(at) = step.at
            && !seen.contains(&step.at)
        {
            seen.push(step.at);
            finding = finding.related(at, masked.text(&step.text).into_owned());
        }
    }
    finding
}

/// What becomes of the request.
fn effect(wanted: &Wanted, prediction: &Prediction) -> Effect {
    let is_refusal = |kind: &Kind| matches!(kind, Kind::Status(401 | 403 | 407));
    match prediction.answer.outcome {
        Outcome::Answered(401) => Effect::Unwanted401,
        Outcome::Answered(403) => Effect::Unwanted403,
        Outcome::Answered(500..) => Effect::ServerError,
        _ if !wanted.is_negated && wanted.kinds.iter().any(is_refusal) => Effect::NotEnforced,
        _ if wanted.is_negated && wanted.kinds.contains(&Kind::Passed) => Effect::NotEnforced,
        _ => Effect::Hygiene,
    }
}
