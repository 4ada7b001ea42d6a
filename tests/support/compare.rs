//! Compares what `check` said of a tree with what its case lists.

use super::case::{Case, Expected};
use super::lint::Finding;
use super::tree::Copy;

/// Whether what was found is what was expected: every finding at warning or above, and every one of the case's rule.
pub(crate) fn compare(
    case: &Case,
    copy: &Copy,
    expected: &[Expected],
    found: &[Finding],
) -> Result<(), String> {
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
    if report.is_empty() { Ok(()) } else { Err(report.join("\n")) }
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
