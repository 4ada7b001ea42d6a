//! A comment that names a rule that is none suppresses nothing.

use crate::config::suppressions::{Suppressions, short};
use crate::diagnostic::{Edit, Findings, Safety, closest};

rule! {
    "lint401/unknown-suppression" {
        reads: Suppressions, severity: Warning, effect: Hygiene, since: "0.1.0",
        summary: "a comment names a rule that does not exist, and suppresses nothing",
    }
}

fn check(all: &Suppressions<'_>, findings: &mut Findings) {
    for named in all.list.iter().flat_map(|one| &one.names) {
        if super::is_known(&named.name) {
            continue;
        }
        let finding = RULE.at(named.at).message(format!(
            "there is no rule `{}`: this comment suppresses nothing by it",
            named.name
        ));
        let names = crate::rules::all().map(|rule| rule.name);
        let meant = if named.name.contains('/') {
            closest(&named.name, names)
        } else {
            closest(&named.name, names.map(short))
        };
        findings.push(match meant {
            Some(meant) => finding.help(format!("did you mean `{meant}`?")).fix(
                Safety::Safe,
                format!("write `{meant}`"),
                vec![Edit::replace(named.at, meant)],
            ),
            None => finding.help("`lint401 rules` lists them"),
        });
    }
}
