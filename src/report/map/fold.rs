//! Servers and places that are alike, each told once: fifteen hundred servers stay readable.

use super::{Atlas, answer, who};
use crate::config::Project;
use crate::map::{Access, Entry, METHODS, Spot};
use crate::report::trace::words;
use crate::source::Location;
use std::collections::HashMap;

/// Servers whose places are alike.
pub(super) struct Group {
    /// Their names, as URLs where they have one.
    pub(super) servers: Vec<String>,
    /// The first of them.
    pub(super) at: Option<Location>,
    /// What their places give.
    pub(super) rows: Vec<Row>,
}

/// Places of one server that give the same to the same clients, because of the same words.
pub(super) struct Row {
    /// The places as they are written.
    pub(super) titles: Vec<String>,
    /// The methods that it is about; empty for all.
    pub(super) methods: String,
    /// What a stranger gets.
    pub(super) anonymous: String,
    /// The same as far as access goes.
    pub(super) access: Option<Access>,
    /// Who is let in.
    pub(super) who: String,
    /// The directive that decides, as it stands there.
    pub(super) decided: String,
    /// Where it stands in the first place.
    pub(super) at: Option<Location>,
    /// The first place: the number of its map, and of its entry there.
    pub(super) first: (usize, usize),
}

impl Row {
    /// What two rows must have in common to be one.
    fn key(&self) -> (&str, &str, &str, &str) {
        (&self.methods, &self.anonymous, &self.who, &self.decided)
    }
}

/// An entry with its place, and where it stands.
#[derive(Clone, Copy)]
struct Placed<'a> {
    spot: &'a Spot,
    entry: &'a Entry,
    at: (usize, usize),
}

/// The entries of `atlas`, folded.
pub(super) fn fold(atlas: Atlas<'_>) -> Vec<Group> {
    let masked = atlas.mask.configured();
    let shown = |text: &str| masked.text(text).into_owned();
    let mut texts: HashMap<Location, String> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    let mut known: HashMap<Vec<String>, usize> = HashMap::new();
    for (number, map) in atlas.maps.iter().enumerate() {
        let mut servers: Vec<(u32, Vec<Placed<'_>>)> = Vec::new();
        let mut places: HashMap<u32, usize> = HashMap::new();
        for (at, entry) in map.entries.iter().enumerate() {
            let spot = &map.spots[entry.spot];
            let next = servers.len();
            let place = *places.entry(spot.server_number).or_insert(next);
            if place == next {
                servers.push((spot.server_number, Vec::new()));
            }
            servers[place].1.push(Placed { spot, entry, at: (number, at) });
        }
        for (_, entries) in servers {
            let name = shown(&origin(&entries));
            let rows = rows(atlas.project, &entries, &shown, &mut texts);
            let key: Vec<String> = rows
                .iter()
                .map(|row| {
                    let (methods, anonymous, who, decided) = row.key();
                    [methods, anonymous, who, decided, &row.titles.join("\n")].join("\0")
                })
                .collect();
            let next = groups.len();
            let place = *known.entry(key).or_insert(next);
            if place == next {
                let at = entries.first().and_then(|one| one.spot.at);
                groups.push(Group { servers: Vec::new(), at, rows });
            }
            groups[place].servers.push(name);
        }
    }
    groups
}

/// The rows of one server.
fn rows(
    project: &Project,
    entries: &[Placed<'_>],
    shown: &impl Fn(&str) -> String,
    texts: &mut HashMap<Location, String>,
) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for &Placed { spot, entry, at } in entries {
        let decided = entry.decided.map_or(String::new(), |at| {
            texts.entry(at).or_insert_with(|| shown(&words(project, at))).clone()
        });
        let title = shown(title(spot));
        let is_all = entry.methods.len() == METHODS.len();
        let row = Row {
            titles: vec![title],
            methods: if is_all { String::new() } else { entry.methods.join(" ") },
            anonymous: match &entry.anonymous {
                Some(gets) if entry.reached => answer(gets),
                _ => "not reached".to_owned(),
            },
            access: entry.access(),
            who: if entry.reached { shown(&who(entry)) } else { String::new() },
            decided: if entry.reached { decided } else { String::new() },
            at: entry.decided.filter(|_| entry.reached),
            first: at,
        };
        match rows.iter_mut().find(|known| known.key() == row.key()) {
            Some(known) => known.titles.extend(row.titles),
            None => rows.push(row),
        }
    }
    rows
}

/// A place as it is written; the server has the line above for its name.
pub(super) fn title(spot: &Spot) -> &str {
    match spot.scope.last() {
        Some(title) if spot.kind != "server" => title,
        _ => spot.kind,
    }
}

/// A server's name with the scheme and the port that it is asked at.
fn origin(entries: &[Placed<'_>]) -> String {
    let with_witness = entries.iter().find(|one| one.spot.witness.is_some());
    with_witness.or(entries.first()).map_or(String::new(), |one| origin_of(one.spot))
}

/// The same as far as one place tells.
pub(super) fn origin_of(spot: &Spot) -> String {
    let Some(witness) = &spot.witness else { return spot.server.clone() };
    let url = witness.url();
    let end = url.len() - String::from_utf8_lossy(&witness.target).len();
    url[..end].to_owned()
}
