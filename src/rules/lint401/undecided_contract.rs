//! A contract that hangs on what the configuration does not say protects nobody; it is no mistake either.

use super::contracts::{asked, told};
use crate::diagnostic::Findings;
use crate::policy::contract::Contracts;

rule! {
    "lint401/undecided-contract" {
        reads: Contracts, severity: Info, effect: Hygiene, since: "0.1.0",
        summary: "whether a contract in lint401.toml is kept is not known",
    }
}

fn check(all: &Contracts<'_>, findings: &mut Findings) {
    for one in all.open.iter().filter(|one| !one.is_broken) {
        let contract = one.contract;
        let masked = all.masked(contract);
        let asked = asked(contract, &masked);
        let finding = RULE.at(all.place(contract)).label("expected here");
        let finding = match &one.found {
            Err(why) => finding.message(format!("nobody answers {asked}: {why}")),
            Ok(prediction) => {
                let message = format!(
                    "{asked} {}: whether that keeps the contract, which expects {}, is not known",
                    told(prediction),
                    contract.wanted.words()
                );
                let mut finding = finding.message(message);
                for cause in &prediction.unknown {
                    let text = masked.text(&cause.text).into_owned();
                    finding = finding.depends_on(text.clone());
                    if let Some(at) = cause.at {
                        finding = finding.related(at, text);
                    }
                }
                finding
            }
        };
        findings.push(finding);
    }
}
