//! Every case of `fixtures/`: `check` says on `bad/` what the case lists and no more, stays silent on `good/`, and is
//! silent again when the fixes that it offers are applied.

mod support;

use libtest_mimic::{Arguments, Failed, Trial};
use support::case::{self, Case, Expected, Side};
use support::lint::{self, Finding};
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
                }
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
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

/// Whether what was found is what was expected: every finding at warning or above, and every one of the case's rule.
fn compare(
    case: &Case,
    copy: &Copy,
    expected: &[Expected],
    found: &[Finding],
) -> Result<(), Failed> {
    let mut left: Vec<&Finding> = found.iter().collect();
    let mut report = Vec::new();
    for expected in expected {
        if let Some(at) = left.iter().position(|finding| meets(case, copy, expected, finding)) {
            left.remove(at);
        } else {
            let Expected { file, line, marks, says, .. } = expected;
            let rule = case.rule_of(expected);
            report
                .push(format!("missing: {rule} at {file}:{line}, marks {marks:?}, says {says:?}"));
        }
    }
    left.retain(|finding| finding.is_loud() || finding.rule == case.rule);
    report.extend(left.iter().map(|finding| format!("not expected: {}", finding.line(copy))));
    if report.is_empty() { Ok(()) } else { Err(report.join("\n").into()) }
}

fn meets(case: &Case, copy: &Copy, expected: &Expected, finding: &Finding) -> bool {
    let severity = expected.severity.as_deref().or_else(|| {
        let rule = lint401::rules::find(case.rule_of(expected))?;
        rule.severity.map(lint401::diagnostic::Severity::name)
    });
    finding.rule == case.rule_of(expected)
        && severity.is_none_or(|severity| severity == finding.severity)
        && finding.file(copy) == expected.file
        && finding.location.start.line == expected.line
        && finding.marked(copy) == copy.text(&expected.marks)
        && finding.message.contains(&copy.text(&expected.says))
}
