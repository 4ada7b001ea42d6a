//! Exact locations and what becomes of the same name with a slash behind it.

use super::evidence::outcome;
use crate::policy::answer::Outcome;
use crate::policy::nginx::{Kind, Matcher, Place};
use crate::policy::request::Request;

/// How many requests a rule tries at most.
pub(super) const TRIES: usize = 256;

/// The path of an exact location that may be the name of a folder, with the slash behind it.
pub(super) fn with_slash(place: Place<'_, '_>) -> Option<Vec<u8>> {
    let block = place.policy.get(place.block);
    let Some(Matcher::Exact(path)) = &block.matcher else { return None };
    let last = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
    let is_name = place.kind() == Kind::Location && !last.is_empty() && !last.contains(&b'.');
    is_name.then(|| [&path[..], b"/"].concat())
}

/// What becomes of a request without credentials for `path`, and the request.
pub(super) fn answer(place: Place<'_, '_>, path: &[u8]) -> Option<(Request, Answer)> {
    let request = place.request_for(path)?;
    let answer = match outcome(place.policy, &request) {
        Some(Outcome::Answered(401)) => Answer::Asks,
        // what is behind may be a server of the same configuration, whose answer is known
        Some(Outcome::Passed(_) | Outcome::Answered(200..=299)) => Answer::Passes,
        Some(Outcome::Answered(_) | Outcome::Anything) => return None,
        None => {
            // files are not looked at: whatever they are, access control is over
            let possible = place
                .policy
                .predict(crate::policy::files::Files::none(place.policy.site.project), &request);
            let asks = |one: &Outcome| matches!(one, Outcome::Answered(401) | Outcome::Anything);
            let passes = |one: &Outcome| matches!(one, Outcome::Passed(_));
            if possible.possible.iter().any(asks) || !possible.possible.iter().any(passes) {
                return None;
            }
            Answer::Passes
        }
    };
    Some((request, answer))
}

/// What access control says to somebody without credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// 401.
    Asks,
    /// It lets the request through.
    Passes,
}
