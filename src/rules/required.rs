//! Paths that the settings say must answer without a login, and that ask for one.

use super::Rule;
use super::evidence::answered;
use crate::diagnostic::{Evidence, Finding, Findings, Severity};
use crate::grammar::endpoints::{Endpoint, sample};
use crate::policy::answer::Prediction;
use crate::policy::request::Request;
use crate::source::Location;
use std::collections::BTreeMap;

/// What asks for a login, with everything that it asks it of.
#[derive(Debug, Default)]
pub(super) struct Refused<'p>(BTreeMap<Location, Asked<'p>>);

#[derive(Debug)]
struct Asked<'p> {
    paths: Vec<&'p str>,
    /// The block that takes the first of them.
    taken_by: Option<Location>,
    evidence: Evidence,
}

/// Whether the settings speak of `endpoint` themselves.
pub(super) fn is_declared(public: &[String], endpoint: &Endpoint) -> bool {
    public.iter().any(|path| path == endpoint.path)
}

impl<'p> Refused<'p> {
    /// Asks one server for every path of `public`. What is not certain counts for nothing.
    pub(super) fn ask(
        &mut self,
        public: &'p [String],
        predict: impl Fn(&[u8]) -> Option<(Request, Prediction)>,
    ) {
        for path in public {
            let Some((request, prediction)) = predict(sample(path).as_bytes()) else { continue };
            let answer = &prediction.answer;
            let decided = answer.decided.and_then(|step| answer.steps.get(step));
            let Some(at) = decided.and_then(|step| step.at).filter(|_| prediction.is_status(401))
            else {
                continue;
            };
            let mut steps = answer.steps.iter().filter(|step| step.depth == 0);
            let taken_by = steps
                .find(|step| step.phase == "location")
                .and_then(|step| step.at)
                .filter(|&it| it != at);
            let asked = self.0.entry(at).or_insert_with(|| Asked {
                paths: Vec::new(),
                taken_by,
                evidence: answered(&request, Some(401)),
            });
            if !asked.paths.contains(&path.as_str()) {
                asked.paths.push(path);
            }
        }
    }

    /// One finding of `rule` for each place that asks for a login. `help`: what to write for a path.
    pub(super) fn tell(self, rule: &Rule, help: impl Fn(&str) -> String, findings: &mut Findings) {
        for (at, asked) in self.0 {
            let paths = asked.paths.join(", ");
            let says =
                if asked.paths.len() == 1 { "says that it must" } else { "says that they must" };
            let mut finding: Finding = rule
                .at(at)
                .severity(Severity::Error)
                .message(format!(
                    "{paths} asked for a login here, and lint401.toml {says} answer without one",
                    paths = if asked.paths.len() == 1 {
                        format!("{paths} is")
                    } else {
                        format!("{paths} are")
                    },
                ))
                .label("asks for the login")
                .help(help(asked.paths[0]));
            if let Some(block) = asked.taken_by {
                finding = finding.related(block, format!("takes {}", asked.paths[0]));
            }
            findings.push_with(finding, || Some(asked.evidence));
        }
    }
}
