//! Each user and group of the password files against the places that they open: those that keep strangers out, and let this
//! user in.

use super::{Access, Client, Gets, Map, Mechanism};
use crate::policy::either::Policy;
use crate::policy::files::Files;
use crate::policy::request::{Credential, Request};
use crate::policy::user_file;
use crate::source::FileId;
use crate::syntax::credentials::Kind;
use std::collections::{BTreeMap, BTreeSet};

/// Requests that are asked, at most.
const MOST: usize = 200_000;

/// A user of a password file.
#[derive(Clone, Debug)]
pub struct User {
    /// The name.
    pub name: Vec<u8>,
    /// The password files that have it.
    pub files: Vec<FileId>,
    /// The groups that it is in.
    pub groups: Vec<Vec<u8>>,
    /// The places that it opens: indices into [`Map::spots`].
    pub opens: Vec<usize>,
}

/// A group of a group file.
#[derive(Clone, Debug)]
pub struct Group {
    /// The name.
    pub name: Vec<u8>,
    /// Its members that are users of some password file.
    pub members: Vec<Vec<u8>>,
    /// The places that ask for it.
    pub opens: Vec<usize>,
}

/// The users and groups of one configuration.
#[derive(Clone, Debug, Default)]
pub struct Users {
    /// By name.
    pub users: Vec<User>,
    /// By name.
    pub groups: Vec<Group>,
    /// Users that were not asked about: there are too many.
    pub left_out: usize,
}

impl Users {
    /// Asks `policy` about every user at the places of `map` that have users.
    #[must_use]
    pub fn of(policy: &Policy<'_>, files: Files<'_>, map: &Map) -> Self {
        let project = match policy {
            Policy::Nginx(policy) => policy.site.project,
            Policy::Apache(policy) => policy.site.project,
        };
        let mut names: BTreeMap<Vec<u8>, Vec<FileId>> = BTreeMap::new();
        let mut groups: BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>> = BTreeMap::new();
        for known in &project.credentials {
            let text = project.sources.get(known.file).bytes();
            if known.credentials.kind == Kind::Group {
                for group in user_file::apache_groups(text).unwrap_or_default() {
                    groups.entry(group).or_default();
                }
                continue;
            }
            let is_name = |name: &Vec<u8>| !name.is_empty() && !name.starts_with(b"#");
            for name in user_file::apache_users(text).into_iter().filter(is_name) {
                names.entry(name).or_default().push(known.file);
            }
        }
        let texts =
            project.credentials.iter().filter(|known| known.credentials.kind == Kind::Group);
        let texts: Vec<&[u8]> =
            texts.map(|known| project.sources.get(known.file).bytes()).collect();
        for (group, members) in &mut groups {
            let is_in = |name: &&Vec<u8>| {
                texts.iter().any(|text| user_file::apache_is_in_group(text, name, group))
            };
            members.extend(names.keys().filter(is_in).cloned());
        }
        let asked = asked(map);
        let most = (MOST / asked.len().max(1)).max(1);
        let left_out = names.len().saturating_sub(most);
        let users = names.into_iter().take(most).map(|(name, of)| User {
            opens: opened(policy, files, map, &asked, &name),
            groups: groups
                .iter()
                .filter(|(_, members)| members.contains(&name))
                .map(|(group, _)| group.clone())
                .collect(),
            files: of,
            name,
        });
        let users = users.collect();
        let groups = groups.into_iter().map(|(name, members)| Group {
            opens: of_group(map, &name),
            members: members.into_iter().collect(),
            name,
        });
        Self { users, groups: groups.collect(), left_out }
    }
}

/// The places that ask for users.
fn asked(map: &Map) -> Vec<usize> {
    let by_password = |one: &Mechanism| matches!(one, Mechanism::Basic | Mechanism::Digest);
    let entries = map.entries.iter().filter(|entry| {
        let is_open = entry.access().is_none_or(|access| access == Access::Open);
        !is_open && entry.mechanisms.iter().any(by_password)
    });
    let mut spots: Vec<usize> = entries.map(|entry| entry.spot).collect();
    spots.dedup();
    spots
}

/// Those of `asked` that let the user in.
fn opened(
    policy: &Policy<'_>,
    files: Files<'_>,
    map: &Map,
    asked: &[usize],
    name: &[u8],
) -> Vec<usize> {
    let lets_in = |&&spot: &&usize| {
        let Some(witness) = &map.spots[spot].witness else { return false };
        let credential = Some(Credential::Basic { user: name.to_vec(), password: None });
        let request = Request { credential, ..witness.clone() };
        Gets::of(&policy.predict(files, &request)).access() == Access::Open
    };
    asked.iter().filter(lets_in).copied().collect()
}

/// The places that let a member of the group in as such.
fn of_group(map: &Map, group: &[u8]) -> Vec<usize> {
    let is_it = |client: &Client| match client {
        Client::User { group: Some(known), .. } => known.as_bytes().eq_ignore_ascii_case(group),
        _ => false,
    };
    let entries = map.entries.iter().filter(|entry| {
        entry.clients.iter().any(|(client, gets)| is_it(client) && gets.access() == Access::Open)
    });
    let mut spots: Vec<usize> = entries.map(|entry| entry.spot).collect();
    spots.dedup();
    spots
}
