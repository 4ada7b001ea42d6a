//! One JSON object with an entry for every place: the contract with programs. Its schema is what `lint401 schema map`
//! prints.

use super::Atlas;
use crate::config::Project;
use crate::map::{Client, Entry, Gets, Mechanism, Spot};
use crate::report::json::{Point, one_of, points, schema_of, write_whole};
use crate::report::trace::words;
use crate::source::Location;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};
use std::io::{self, Write};

/// The version of these shapes; it changes when a program that reads them must.
const VERSION: u32 = 1;

const PASSED: &str = "passed";
const KINDS: [&str; 6] = ["server", "location", "directory", "files", "htaccess", "proxy"];

/// Writes the map as one JSON object.
pub fn json(atlas: Atlas<'_>, out: &mut dyn Write) -> io::Result<()> {
    write_whole(&Output { schema: VERSION, entries: Listed(atlas) }, out)
}

/// The JSON Schema of a map.
#[must_use]
pub fn schema() -> Schema {
    schema_of::<Output<'static>>()
}

/// What every place of a configuration gives to every kind of client.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Map")]
struct Output<'a> {
    /// The version of this shape.
    schema: u32,
    /// In the order of the configuration. A place has several where it tells methods apart.
    entries: Listed<'a>,
}

/// The entries, shaped one after the other while they are written.
#[derive(JsonSchema)]
#[schemars(with = "Vec<JsonEntry<'static>>", inline)]
struct Listed<'a>(Atlas<'a>);

impl Serialize for Listed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let masked = self.0.mask.configured();
        let shown = |text: &str| masked.text(text).into_owned();
        serializer.collect_seq(
            self.0
                .entries()
                .map(|(spot, entry)| JsonEntry::of(self.0.project, &shown, spot, entry)),
        )
    }
}

/// What the clients of one place get.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Entry")]
struct JsonEntry<'a> {
    /// The name of the server.
    server: String,
    /// What the place is.
    #[schemars(schema_with = "kind_schema")]
    kind: &'static str,
    /// The blocks around it and itself, outermost first.
    scope: Vec<String>,
    /// The path of a request that comes by; null where no request does, as far as is known.
    witness: Option<String>,
    /// The whole URL of it, for `lint401 trace` or curl.
    url: Option<String>,
    /// Whether that request comes to this place, and not to another that takes it first.
    reached: bool,
    /// The methods that it is about.
    methods: &'a [&'static str],
    /// What somebody gets whom nobody knows: from outside, without a login.
    anonymous: Option<Answer>,
    /// What somebody with a login gets; null where there is no login to have.
    authenticated: Option<Answer>,
    /// Every other kind of client that the place may tell apart.
    clients: Vec<JsonClient>,
    /// The ways to prove oneself that it has.
    #[schemars(schema_with = "mechanisms_schema")]
    mechanisms: Vec<&'static str>,
    /// The directive that decides what a stranger gets; null where nothing is asked.
    decided_by: Option<JsonPlace<'a>>,
    /// The directive that opens the place; null where none does.
    location: Option<JsonPlace<'a>>,
}

/// A status, "passed" (access control lets the client in, and the handler answers), or a list of them where it depends on
/// what the configuration does not say.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum Answer {
    One(Word),
    Several(Vec<Word>),
}

/// A status, or "passed".
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "MapAnswer")]
enum Word {
    Status(u16),
    #[schemars(schema_with = "passed_schema")]
    Passed(&'static str),
}

/// A kind of client besides strangers.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Client")]
struct JsonClient {
    /// The network that it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    /// The user that logs in.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    /// The password file, as the configuration names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    /// The group that counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    /// What is taken for a proof.
    #[serde(skip_serializing_if = "Option::is_none")]
    mechanism: Option<&'static str>,
    /// What it gets.
    answer: Answer,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "MapPlace")]
struct JsonPlace<'a> {
    path: &'a str,
    start: Point,
    end: Point,
    /// The directive as it stands there, without secrets; of the place itself, `scope` says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

impl<'a> JsonEntry<'a> {
    fn of(
        project: &'a Project,
        shown: &impl Fn(&str) -> String,
        spot: &'a Spot,
        entry: &'a Entry,
    ) -> Self {
        let place = |at: Location, text: Option<String>| {
            let (path, start, end) = points(project, at);
            JsonPlace { path, start, end, text }
        };
        Self {
            server: shown(&spot.server),
            kind: spot.kind,
            scope: spot.scope.iter().map(|title| shown(title)).collect(),
            witness: spot.path().map(|path| shown(&String::from_utf8_lossy(path))),
            url: spot.witness.as_ref().map(|witness| shown(&witness.url())),
            reached: entry.reached,
            methods: &entry.methods,
            anonymous: entry.anonymous.as_ref().map(Answer::of),
            authenticated: entry.authenticated().map(Answer::of),
            clients: entry
                .clients
                .iter()
                .map(|(client, gets)| JsonClient::of(shown, client, gets))
                .collect(),
            mechanisms: entry.mechanisms.iter().map(|mechanism| mechanism.name()).collect(),
            decided_by: entry.decided.map(|at| place(at, Some(shown(&words(project, at))))),
            location: spot.at.map(|at| place(at, None)),
        }
    }
}

impl Answer {
    fn of(gets: &Gets) -> Self {
        let statuses = gets.statuses().iter().map(|&status| Word::Status(status));
        let mut words: Vec<Word> =
            statuses.chain(gets.may_pass().then_some(Word::Passed(PASSED))).collect();
        match words.len() {
            1 => Self::One(words.swap_remove(0)),
            _ => Self::Several(words),
        }
    }
}

impl JsonClient {
    fn of(shown: &impl Fn(&str) -> String, client: &Client, gets: &Gets) -> Self {
        let mut json = Self {
            from: None,
            user: None,
            file: None,
            group: None,
            mechanism: None,
            answer: Answer::of(gets),
        };
        match client {
            Client::From { network, .. } => json.from = Some(network.to_string()),
            Client::User { name, file, group, .. } => {
                json.user = Some(shown(&String::from_utf8_lossy(name)));
                json.file = file.as_deref().map(shown);
                json.group = group.as_deref().map(shown);
            }
            Client::Proof(mechanism) => json.mechanism = Some(mechanism.name()),
        }
        json
    }
}

fn kind_schema(_: &mut SchemaGenerator) -> Schema {
    one_of(KINDS)
}

fn passed_schema(_: &mut SchemaGenerator) -> Schema {
    one_of([PASSED])
}

fn mechanisms_schema(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({ "type": "array", "items": one_of(Mechanism::ALL.map(Mechanism::name)) })
}
