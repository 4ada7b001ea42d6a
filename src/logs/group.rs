//! Refusals with one cause, as they are told: nothing in a path or an address that says who somebody is.

use super::Group;
use super::attribute::{Cause, Gathered};
use crate::config::secrets;
use crate::syntax::logs::Reason;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Paths and clients of a group that are told.
const TOLD: usize = 3;

/// How long a segment of a path is that looks made at random.
const RANDOM: usize = 24;

/// A path, fit to be shown: a segment that may be a token is not.
pub(super) fn shown(path: &[u8]) -> String {
    let text = String::from_utf8_lossy(path);
    let segments = text.split('/').map(|segment| {
        let is_random = segment.len() >= RANDOM
            && segment.bytes().any(|byte| byte.is_ascii_digit())
            && segment
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_=~+%".contains(&byte));
        if is_random || secrets::holds_credential(segment.as_bytes()) { "***" } else { segment }
    });
    segments.collect::<Vec<_>>().join("/")
}

/// A group as it is reported.
pub(super) fn group(
    cause: Cause,
    gathered: Gathered,
    addresses: &[IpAddr],
    shows_clients: bool,
) -> Group {
    let path = common(gathered.paths.keys());
    let clients = gathered.clients.len();
    let mut by_address: BTreeMap<String, u64> = BTreeMap::new();
    let mut numbers: Vec<_> = gathered.clients.into_iter().collect();
    numbers.sort_unstable();
    for (client, times) in numbers {
        let Some(address) = addresses.get(client as usize) else { continue };
        let name = if shows_clients { address.to_string() } else { masked(*address) };
        *by_address.entry(name).or_default() += times;
    }
    Group {
        status: cause.status,
        count: gathered.count,
        has_user: cause.has_user,
        is_preflight: cause.is_preflight,
        why: cause.why,
        places: cause.places,
        text: gathered.text,
        path,
        paths: most(gathered.paths),
        clients,
        more_clients: gathered.more_clients,
        top_clients: most(by_address),
        reasons: told(&gathered.reasons),
    }
}

/// The most frequent ones.
fn most(all: BTreeMap<String, u64>) -> Vec<(String, u64)> {
    let mut list: Vec<_> = all.into_iter().collect();
    // a stable sort: equal ones stay in the order of their names
    list.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    list.truncate(TOLD);
    list
}

pub(super) fn told(reasons: &BTreeMap<Reason, u64>) -> Vec<(&'static str, u64)> {
    reasons.iter().map(|(reason, count)| (reason.name(), *count)).collect()
}

/// The path of all, or the folder that they have in common.
fn common<'s>(mut paths: impl Iterator<Item = &'s String>) -> String {
    let Some(first) = paths.next() else { return String::new() };
    let mut end = first.len();
    let mut is_alone = true;
    for path in paths {
        is_alone = false;
        end = first.bytes().zip(path.bytes()).take(end).take_while(|(a, b)| a == b).count();
    }
    if is_alone {
        return first.clone();
    }
    // a slash is a character of its own: nothing is cut in two
    let end = first.as_bytes()[..end].iter().rposition(|&byte| byte == b'/').map_or(0, |at| at + 1);
    first[..end].to_owned()
}

/// The network of an address, the rest left out.
fn masked(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, ..] = address.octets();
            format!("{a}.{b}.x.x")
        }
        IpAddr::V6(address) => {
            let [a, b, ..] = address.segments();
            format!("{a:x}:{b:x}:x")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_token_is_not_shown() {
        assert_eq!(shown(b"/reset/4f9d8a7b6c5e4f3a2b1c0d9e8f7a6b5c/"), "/reset/***/");
        assert_eq!(shown(b"/api/v1/users"), "/api/v1/users");
        assert_eq!(masked("10.1.2.3".parse().expect("one")), "10.1.x.x");
        assert_eq!(masked("2001:db8::1".parse().expect("one")), "2001:db8:x");
        let common = |paths: &[&str]| {
            super::common(paths.iter().map(ToString::to_string).collect::<Vec<_>>().iter())
        };
        assert_eq!(common(&["/api/users"]), "/api/users");
        assert_eq!(common(&["/api/users", "/api/uploads"]), "/api/");
        assert_eq!(common(&["/a", "x"]), "");
    }
}
