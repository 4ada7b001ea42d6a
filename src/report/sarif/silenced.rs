//! What comments and a baseline keep out of other reports, and what is there no more.

use super::{Fingerprints, Place, Res, Shaper, Text, visible};
use crate::check::{Gone, Silence};
use crate::source::Location;
use serde::Serialize;

/// Why a result is none to act on.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Suppression<'r> {
    kind: &'static str,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    justification: Option<std::borrow::Cow<'r, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Place>,
}

impl<'r> Shaper<'r> {
    /// The suppressions of a result: known of all of a run or of none.
    pub(super) fn suppressions(&self, by: Option<&'r Silence>) -> Option<Vec<Suppression<'r>>> {
        match by {
            Some(Silence::Comment { at, reason }) => Some(vec![self.comment(*at, reason)]),
            Some(Silence::Baseline) => Some(vec![Suppression {
                kind: "external",
                status: "accepted",
                justification: Some("the baseline knows it".into()),
                location: None,
            }]),
            None => (!self.report.outcome.silenced.is_empty()).then(Vec::new),
        }
    }

    fn comment(&self, at: Location, reason: &'r str) -> Suppression<'r> {
        // people write whatever they like into comments
        let is_told = !reason.is_empty() && !self.report.project.is_secret(at);
        Suppression {
            kind: "inSource",
            status: "accepted",
            justification: is_told.then(|| visible(reason)),
            location: Some(self.place(at)),
        }
    }

    /// A finding that the baseline knows and that is not there any more.
    pub(super) fn gone(&self, gone: &Gone) -> Res<'r> {
        let rule = crate::rules::find(&gone.rule);
        let name =
            rule.map_or_else(|| visible(&gone.rule).into_owned(), |rule| rule.name.to_owned());
        Res {
            rule_index: self.rules.get(name.as_str()).copied(),
            rule_id: name.into(),
            level: "none",
            message: Text {
                text: "The baseline knows this finding, and it is not there any more.".to_owned(),
            },
            locations: [Place::of_path(&visible(&gone.path))],
            related_locations: Vec::new(),
            code_flows: Vec::new(),
            partial_fingerprints: Fingerprints {
                primary_location_line_hash: None,
                own: visible(&gone.fingerprint).into_owned(),
            },
            fixes: Vec::new(),
            suppressions: self.suppressions(None),
            baseline_state: Some("absent"),
            properties: None,
        }
    }
}
