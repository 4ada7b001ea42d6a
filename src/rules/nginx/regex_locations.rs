//! Paths below a prefix location that a regular expression takes.

use crate::config::nginx::Directive;
use crate::grammar::nginx::id;
use crate::policy::nginx::{Matcher, Place, Policy};

/// Prefixes that are looked at in one configuration, so that large ones cost no more than they are long.
pub(super) const MOST_PREFIXES: usize = 512;

/// Regular expressions that are tried for one prefix: more are no mistake of one place.
const MOST: usize = 32;

/// The regex locations that take a path below the prefix of `place`, each with such a path.
pub(super) fn taken<'r, 'p>(
    place: Place<'r, 'p>,
) -> impl Iterator<Item = (Place<'r, 'p>, Vec<u8>)> {
    let policy = place.policy;
    let prefix = match &policy.get(place.block).matcher {
        Some(Matcher::Prefix { path, .. }) if path.len() > 1 => Some(path.to_vec()),
        _ => None,
    };
    let levels = policy.around(place.block).skip(1).filter(move |_| prefix.is_some());
    let regexes = levels.flat_map(move |level| {
        policy.locations(level).filter_map(|(block, matcher)| match matcher {
            Matcher::Regex { pattern, .. } => Some((block, pattern)),
            _ => None,
        })
    });
    regexes.take(MOST).filter_map(move |(block, pattern)| {
        let path = policy.get(place.block).matcher.as_ref()?.path()?;
        let uri = below(policy, path, pattern)?;
        let found = policy.route(place.server()?.block, &uri)?;
        let is_taken = policy.around(found.block).any(|at| at == block);
        is_taken.then_some((found, uri))
    })
}

/// A path below `prefix` that the pattern may match.
fn below(policy: &Policy<'_>, prefix: &[u8], pattern: &[u8]) -> Option<Vec<u8>> {
    let sample = policy.sample(pattern)?;
    if sample.at_start {
        return sample.text.starts_with(prefix).then_some(sample.text);
    }
    let folder = prefix.strip_suffix(b"/").unwrap_or(prefix);
    if sample.text.first() == Some(&b'/') {
        return Some([folder, &sample.text].concat());
    }
    Some([folder, b"/x", &sample.text].concat())
}

/// The `off` with which a place does without the login around it.
pub(super) fn exemption<'p>(place: Place<'_, 'p>) -> Option<Directive<'p>> {
    [id!("auth_basic"), id!("auth_request")]
        .into_iter()
        .filter_map(|id| place.own(id))
        .find(|own| own.arg(0).is_some_and(|value| value.is(b"off")))
}
