//! What every place of a configuration gives to every kind of client: tables for people, a page and Markdown, folded where
//! places are alike, and one JSON object for programs.

mod fold;
mod full;
mod html;
mod json;
mod markdown;
mod users;

pub use full::full;
pub use html::{Tell, html};
pub use json::{json, schema};
pub use markdown::markdown;
pub use users::{users, users_json, users_schema};

use super::text::visible;
use super::trace::Mask;
use crate::config::Project;
use crate::map::{Access, Client, Entry, Gets, Map, Spot};
use crate::source::Location;

/// A map, and what it was made of.
#[derive(Clone, Copy, Debug)]
pub struct Atlas<'a> {
    /// What was read.
    pub project: &'a Project,
    /// What no output shows.
    pub mask: &'a Mask<'a>,
    /// The map of each configuration, with the entries that are asked for.
    pub maps: &'a [Map],
}

impl<'a> Atlas<'a> {
    /// Every entry with its place.
    fn entries(self) -> impl Iterator<Item = (&'a Spot, &'a Entry)> {
        self.maps.iter().flat_map(|map| map.entries.iter().map(|one| (&map.spots[one.spot], one)))
    }
}

/// `conf/nginx.conf:12`.
fn place(project: &Project, at: Location) -> String {
    let at = project.sources.written(at);
    let file = project.sources.get(at.file);
    format!("{}:{}", visible(&file.name), file.position(at.span.start).line)
}

/// The end of the line about a place where people look for it: `401`, `passed`, `401 or passed`.
fn answer(gets: &Gets) -> String {
    let mut words: Vec<String> = gets.statuses().iter().map(|&status| named(status)).collect();
    if gets.may_pass() {
        words.push("passed".to_owned());
    }
    let last = words.pop().unwrap_or_default();
    if words.is_empty() { last } else { format!("{} or {last}", words.join(", ")) }
}

fn named(status: u16) -> String {
    if status == 0 { "closed".to_owned() } else { status.to_string() }
}

/// Who is let in, in a few words.
fn who(entry: &Entry) -> String {
    let Some(anonymous) = &entry.anonymous else { return String::new() };
    let open = |gets: &Gets| gets.access() == Access::Open;
    if open(anonymous) {
        let others = entry.clients.iter().filter(|(_, gets)| !open(gets));
        let others: Vec<String> = others
            .map(|(client, gets)| format!("{} ({})", named_client(client), answer(gets)))
            .collect();
        return if others.is_empty() {
            "everybody".to_owned()
        } else {
            format!("everybody but {}", others.join(", "))
        };
    }
    let mut all: Vec<String> = Vec::new();
    for (client, gets) in &entry.clients {
        let name = named_client(client);
        match (gets.access(), client) {
            (Access::Open, _) | (Access::Depends, Client::Proof(_)) => all.push(name),
            (Access::Depends, _) if anonymous != gets => all.push(format!("perhaps {name}")),
            _ => {}
        }
    }
    if entry.mechanisms.contains(&crate::map::Mechanism::AuthRequest) {
        all.push("whom auth_request lets in".to_owned());
    }
    if !all.is_empty() {
        return all.join(", ");
    }
    match anonymous.access() {
        Access::Depends => "perhaps everybody".to_owned(),
        _ => "nobody".to_owned(),
    }
}

/// A kind of client as people call it.
fn named_client(client: &Client) -> String {
    match client {
        Client::From { network, .. } => network.to_string(),
        Client::User { group: Some(group), .. } => format!("group {group}"),
        Client::User { any: true, file: Some(file), .. } => format!("users of `{file}`"),
        Client::User { any: true, file: None, .. } => "any user".to_owned(),
        Client::User { name, .. } => format!("user {}", String::from_utf8_lossy(name)),
        Client::Proof(mechanism) => format!("{} login", mechanism.name()),
    }
}
