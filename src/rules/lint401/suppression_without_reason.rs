//! Whoever reads the comment next wants to know why.

use crate::config::suppressions::Suppressions;
use crate::diagnostic::Findings;

rule! {
    "lint401/suppression-without-reason" {
        reads: Suppressions, severity: Info, effect: Hygiene, since: "0.1.0",
        summary: "a comment that suppresses findings does not say why",
    }
}

fn check(all: &Suppressions<'_>, findings: &mut Findings) {
    for one in all.list.iter().filter(|one| one.reason.is_empty()) {
        let finding = RULE
            .at(one.at)
            .message("this comment hides findings and does not say why: nobody can tell later whether it still holds")
            .help("write the reason behind the bracket");
        findings.push(finding);
    }
}
