//! Every case of `fixtures/`: `check` says on `bad/` what the case lists and no more, stays silent on `good/`, and is
//! silent again when the fixes that it offers are applied; and `trace` predicts what the live server answers to every
//! request, on both sides and on the mended `bad/`.

mod support;

use libtest_mimic::{Arguments, Failed, Trial};
use support::case::{self, Case, Expected, Side};
use support::compare::compare;
use support::lint;
use support::trace;
use support::tree::{Copy, PORTS};

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for case in case::all() {
        match case {
            Err((name, message)) => trials.push(Trial::test(name, move || Err(message.into()))),
            Ok(case) => {
                let case: &'static Case = Box::leak(Box::new(case));
                for side in Side::BOTH.into_iter().filter(|&side| case.tree(side).is_some()) {
                    let name = format!("{}::{}", case.name, side.name());
                    trials.push(Trial::test(name, move || test(case, side)));
                    if case.requests.iter().any(|one| one.status(side).is_some()) {
                        let name = format!("{}::{}", case.name, side.name());
                        let trial = Trial::test(name, move || predict(case, side));
                        // what is predicted of httpd does not hold everywhere yet
                        trials.push(trial.with_kind("trace"));
                    }
                }
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn predict(case: &Case, side: Side) -> Result<(), Failed> {
    let copy = Copy::new(case, side, &PORTS)?;
    trace::compare(case, side, &copy)?;
    let has_good = case.tree(Side::Good).is_some();
    if side == Side::Bad
        && has_good
        && case.config_test.failure(Side::Good).is_none()
        && lint::apply_fixes(&lint::check(case, &copy)?, &case.rule, &copy)?
    {
        trace::compare(case, Side::Good, &copy)
            .map_err(|message| format!("after the fix: {message}"))?;
    }
    Ok(())
}

fn test(case: &Case, side: Side) -> Result<(), Failed> {
    let copy = Copy::new(case, side, &PORTS)?;
    let findings = lint::check(case, &copy)?;
    let expected: &[Expected] = match side {
        Side::Bad => &case.findings,
        Side::Good => &[],
    };
    compare(case, &copy, expected, &findings)?;
    if side == Side::Bad && lint::apply_fixes(&findings, &case.rule, &copy)? {
        let left = lint::check(case, &copy)?;
        let rest: Vec<&Expected> =
            case.findings.iter().filter(|expected| case.rule_of(expected) != case.rule).collect();
        let new = left.iter().find(|finding| {
            finding.rule == case.rule
                || finding.is_loud()
                    && !rest.iter().any(|expected| case.rule_of(expected) == finding.rule)
        });
        if let Some(finding) = new {
            return Err(format!("after the fix: {}", finding.line(&copy)).into());
        }
    }
    Ok(())
}
