//! `--baseline` and `--write-baseline`: findings that are known already, by their fingerprints.

use super::{Failure, complain, counted, tell};
use crate::check::{Gone, Outcome, Reported};
use crate::config::Project;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// The version of the file's shape.
const SCHEMA: u32 = 1;

/// Where the file is when `--write-baseline` stands alone.
const USUAL: &str = "lint401-baseline.json";

/// The file.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Baseline {
    schema: u32,
    findings: Vec<Known>,
}

/// A finding that is known.
#[derive(Debug, Deserialize, Serialize, PartialEq, Eq, Hash)]
#[serde(deny_unknown_fields)]
struct Known {
    /// The same as in the JSON report.
    fingerprint: String,
    /// For people who read the file.
    rule: String,
    /// Likewise.
    path: String,
}

impl Known {
    fn of(project: &Project, reported: &Reported) -> Self {
        let finding = &reported.finding;
        Self {
            fingerprint: format!("{:016x}", reported.fingerprint),
            rule: finding.rule.to_owned(),
            path: project.sources.get(finding.primary.at.file).name.clone(),
        }
    }
}

/// Writes what was found as what is known from now on.
pub(super) fn write(
    file: Option<&Path>,
    project: &Project,
    outcome: &Outcome,
) -> Result<(), Failure> {
    let file = file.map_or_else(|| PathBuf::from(USUAL), Path::to_owned);
    let known = outcome.findings.iter().map(|one| Known::of(project, one));
    let baseline = Baseline { schema: SCHEMA, findings: known.collect() };
    let failed =
        |error: &dyn std::fmt::Display| Failure::new(format!("{}: {error}", file.display()));
    let mut text = serde_json::to_string_pretty(&baseline).map_err(|error| failed(&error))?;
    text.push('\n');
    std::fs::write(&file, text).map_err(|error| failed(&error))?;
    let findings = counted(baseline.findings.len(), "finding");
    tell(&format!("{}: {findings} known from now on", file.display()));
    Ok(())
}

/// Takes what is known out of the report, and tells of what is known and gone. `is_whole`: whether everything was looked at.
pub(super) fn apply(
    file: &Path,
    project: &Project,
    outcome: &mut Outcome,
    is_whole: bool,
) -> Result<(), Failure> {
    let failed =
        |error: &dyn std::fmt::Display| Failure::new(format!("{}: {error}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| failed(&error))?;
    let baseline: Baseline = serde_json::from_str(&text).map_err(|error| failed(&error))?;
    if baseline.schema != SCHEMA {
        return Err(failed(&format!("schema {} is not known here", baseline.schema)));
    }
    let known: HashSet<&str> =
        baseline.findings.iter().map(|one| one.fingerprint.as_str()).collect();
    let mut met = HashSet::new();
    outcome.take_known(|reported| {
        let own = Known::of(project, reported).fingerprint;
        let is_known = known.contains(own.as_str());
        if is_known {
            met.insert(own);
        }
        is_known
    });
    let mut stale = baseline.findings;
    // of what was not looked at nothing is gone
    stale.retain(|one| is_whole && !met.contains(&one.fingerprint));
    for one in &stale {
        complain(&format!(
            "{}: {} in {} ({}) is not found any more; --write-baseline takes it out",
            file.display(),
            one.rule,
            one.path,
            one.fingerprint
        ));
    }
    let gone = |one: Known| Gone { rule: one.rule, path: one.path, fingerprint: one.fingerprint };
    outcome.gone = Some(stale.into_iter().map(gone).collect());
    Ok(())
}
