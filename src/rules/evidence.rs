//! A request that shows a finding, with what the server answers to it.

use crate::diagnostic::Evidence;
use crate::policy::answer::{Outcome, Prediction};
use crate::policy::request::Request;

/// `request` and its answer as evidence, where the answer is certain.
pub(super) fn of(request: &Request, prediction: &Prediction) -> Option<Evidence> {
    match prediction.outcome? {
        Outcome::Answered(status) => Some(answered(request, Some(status))),
        Outcome::Passed(_) => Some(answered(request, None)),
        Outcome::Anything => None,
    }
}

/// `request` with its answer; `None` for one that is let in.
pub(super) fn answered(request: &Request, answer: Option<u16>) -> Evidence {
    Evidence {
        method: String::from_utf8_lossy(&request.method).into_owned(),
        url: request.url(),
        answer,
        after_fix: None,
    }
}
