//! Users and groups against the places that they open: a table for people, and one JSON object for programs.

use super::full::several;
use super::{Atlas, fold};
use crate::map::{Map, Users};
use crate::policy::mask::Masked;
use crate::report::json::{schema_of, write_whole};
use crate::report::text::{Paint, visible};
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use std::io::{self, Write};

/// The version of these shapes; it changes when a program that reads them must.
const VERSION: u32 = 1;

/// Names of users and places in one line.
const NAMED: usize = 5;

/// Writes a table: users who open the same places are one entry.
pub fn users(atlas: Atlas<'_>, all: &[Users], color: bool, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint(color);
    let masked = atlas.mask.configured();
    let mut total = 0;
    for (map, users) in atlas.maps.iter().zip(all) {
        let mut entries: Vec<(Vec<String>, &[usize])> = Vec::new();
        for user in &users.users {
            total += 1;
            let name = String::from_utf8_lossy(&user.name).into_owned();
            match entries.iter_mut().find(|(_, opens)| *opens == user.opens) {
                Some((names, _)) => names.push(name),
                None => entries.push((vec![name], &user.opens)),
            }
        }
        for (names, opens) in entries {
            entry(&several(&names, NAMED, "users"), "", map, opens, &masked, paint, out)?;
        }
        for group in &users.groups {
            total += 1;
            let members: Vec<String> = group
                .members
                .iter()
                .map(|name| String::from_utf8_lossy(name).into_owned())
                .collect();
            let members = several(&members, NAMED, "members");
            let members = if members.is_empty() { "nobody".to_owned() } else { members };
            let name = format!("group {}", visible(&String::from_utf8_lossy(&group.name)));
            entry(&name, &format!("  {members}"), map, &group.opens, &masked, paint, out)?;
        }
        if users.left_out > 0 {
            writeln!(out, "{} more users were not asked about\n", users.left_out)?;
        }
    }
    if total == 0 {
        writeln!(out, "no password file is here")?;
    }
    Ok(())
}

fn entry(
    name: &str,
    beside: &str,
    map: &Map,
    opens: &[usize],
    masked: &Masked<'_>,
    paint: Paint,
    out: &mut dyn Write,
) -> io::Result<()> {
    let count = match opens.len() {
        0 => "opens nothing that strangers cannot".to_owned(),
        1 => "opens 1 place".to_owned(),
        count => format!("opens {count} places"),
    };
    writeln!(out, "{}{}  {}", paint.bold(name), visible(beside), paint.dim(&count))?;
    let mut servers: Vec<(String, Vec<String>)> = Vec::new();
    for &spot in opens {
        let spot = &map.spots[spot];
        let server = masked.text(&fold::origin_of(spot)).into_owned();
        let title = masked.text(fold::title(spot)).into_owned();
        match servers.iter_mut().find(|(known, _)| *known == server) {
            Some((_, titles)) => titles.push(title),
            None => servers.push((server, vec![title])),
        }
    }
    let more = servers.len().saturating_sub(NAMED);
    for (server, titles) in servers.iter().take(NAMED) {
        writeln!(out, "  {}  {}", visible(server), several(titles, NAMED, "places"))?;
    }
    if more > 0 {
        writeln!(out, "  … and {more} more servers")?;
    }
    writeln!(out)
}

/// Writes the users and groups as one JSON object.
pub fn users_json(atlas: Atlas<'_>, all: &[Users], out: &mut dyn Write) -> io::Result<()> {
    let masked = atlas.mask.configured();
    let shown = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
    let mut output = Output { schema: VERSION, users: Vec::new(), groups: Vec::new() };
    for (map, known) in atlas.maps.iter().zip(all) {
        let opens = |opens: &[usize]| {
            opens.iter().map(|&spot| JsonSpot::of(map, spot, &masked)).collect::<Vec<_>>()
        };
        output.users.extend(known.users.iter().map(|user| {
            JsonUser {
                user: shown(&user.name),
                files: user
                    .files
                    .iter()
                    .map(|file| atlas.project.sources.get(*file).name.as_str())
                    .collect(),
                groups: user.groups.iter().map(|group| shown(group)).collect(),
                opens: opens(&user.opens),
            }
        }));
        output.groups.extend(known.groups.iter().map(|group| JsonGroup {
            group: shown(&group.name),
            members: group.members.iter().map(|name| shown(name)).collect(),
            opens: opens(&group.opens),
        }));
    }
    write_whole(&output, out)
}

/// The JSON Schema of that.
#[must_use]
pub fn users_schema() -> Schema {
    schema_of::<Output<'static>>()
}

/// The users and groups of the password files, with the places that they open.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Users")]
struct Output<'a> {
    /// The version of this shape.
    schema: u32,
    /// By name.
    users: Vec<JsonUser<'a>>,
    /// By name.
    groups: Vec<JsonGroup>,
}

/// A user.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "User")]
struct JsonUser<'a> {
    user: String,
    /// The password files that have it.
    files: Vec<&'a str>,
    /// The groups that it is in.
    groups: Vec<String>,
    /// The places that keep strangers out and let this user in.
    opens: Vec<JsonSpot>,
}

/// A group.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Group")]
struct JsonGroup {
    group: String,
    /// Its members that are users of some password file.
    members: Vec<String>,
    /// The places that let its members in as such.
    opens: Vec<JsonSpot>,
}

/// A place.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Opened")]
struct JsonSpot {
    /// The name of the server.
    server: String,
    /// The blocks around it and itself, outermost first.
    scope: Vec<String>,
    /// A request that comes by.
    url: Option<String>,
}

impl JsonSpot {
    fn of(map: &Map, spot: usize, masked: &Masked<'_>) -> Self {
        let spot = &map.spots[spot];
        Self {
            server: masked.text(&spot.server).into_owned(),
            scope: spot.scope.iter().map(|title| masked.text(title).into_owned()).collect(),
            url: spot.witness.as_ref().map(|witness| masked.text(&witness.url()).into_owned()),
        }
    }
}
