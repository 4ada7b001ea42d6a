//! A request that shows a finding, with what the server answers to it.

use crate::diagnostic::Evidence;
use crate::policy::answer::Outcome;
use crate::policy::files::Files;
use crate::policy::nginx::Policy;
use crate::policy::request::Request;
use crate::rules::evidence::of;

/// What becomes of `request`, where that is certain without a look at any file.
pub(super) fn outcome(policy: &Policy<'_>, request: &Request) -> Option<Outcome> {
    policy.predict(Files::none(policy.site.project), request).outcome
}

/// `request` and its answer as evidence, where the answer is certain without a look at any file.
pub(super) fn evidence(policy: &Policy<'_>, request: &Request) -> Option<Evidence> {
    of(request, &policy.predict(Files::none(policy.site.project), request))
}
