//! One JSON object with every change: the contract with programs. Its schema is what `lint401 schema diff` prints.

use super::{Half, Report, command};
use crate::change::{Change, Kind, Told};
use crate::policy::answer::{Authorization, Handler, Outcome};
use crate::policy::request::{Credential, Request};
use crate::report::json::{Point, one_of, points, schema_of, write_whole};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// The version of these shapes; it changes when a program that reads them must.
const VERSION: u32 = 1;

const OUTCOMES: [&str; 3] = ["answered", "passed", "unknown"];

/// Writes the changes as one JSON object.
pub fn json(report: Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let changes = report.changes.iter().map(|change| JsonChange::of(report, change)).collect();
    write_whole(&Output { schema: VERSION, changes }, out)
}

/// The JSON Schema of a diff.
#[must_use]
pub fn schema() -> Schema {
    schema_of::<Output<'static>>()
}

/// What a change of a configuration does to who gets in.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Diff")]
struct Output<'r> {
    /// The version of this shape.
    schema: u32,
    /// One a cause: the kind, and the directives that decide on both sides.
    changes: Vec<JsonChange<'r>>,
}

/// One cause of changed answers.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Change")]
struct JsonChange<'r> {
    /// What changed.
    #[schemars(schema_with = "kind_schema")]
    kind: &'static str,
    request: JsonRequest,
    old: JsonSide<'r>,
    new: JsonSide<'r>,
    /// In how many places that is so, as far as they were asked.
    places: usize,
    /// What repeats the request on either side.
    command: String,
}

/// A request that shows it.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChangedRequest")]
struct JsonRequest {
    method: String,
    url: String,
    /// The client's address.
    from: String,
    /// The user that logs in, with the right password.
    user: Option<String>,
    /// Further headers.
    headers: BTreeMap<String, String>,
}

/// What becomes of the request on one side.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Side")]
struct JsonSide<'r> {
    /// Whether the server itself answers, access control lets the request pass to its handler, or that is not known.
    #[schemars(schema_with = "outcome_schema")]
    outcome: &'static str,
    /// What the server itself answers with; 0 where it closes the connection without an answer.
    status: Option<u16>,
    /// Who answers a request that passes.
    #[schemars(schema_with = "handler_schema")]
    handler: Option<&'static str>,
    /// The value of the first WWW-Authenticate header.
    challenge: Option<String>,
    /// What the handler gets as Authorization.
    #[schemars(schema_with = "authorization_schema")]
    authorization: &'static str,
    /// The directive that decides; the block or section that the request comes to where nothing is asked.
    location: Option<JsonPlace<'r>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "ChangePlace")]
struct JsonPlace<'r> {
    path: &'r str,
    start: Point,
    end: Point,
    /// The directive as it stands there, without secrets.
    text: String,
}

impl<'r> JsonChange<'r> {
    fn of(report: Report<'r>, change: &Change) -> Self {
        let masked = report.new.mask.with(&change.request);
        let shown = |text: &[u8]| masked.text(&String::from_utf8_lossy(text)).into_owned();
        let Request { method, from, credential, headers, .. } = &change.request;
        Self {
            kind: change.kind.name(),
            request: JsonRequest {
                method: shown(method),
                url: masked.url(&change.request.url()).into_owned(),
                from: from.to_string(),
                user: match credential {
                    Some(Credential::Basic { user, .. }) => Some(shown(user)),
                    _ => None,
                },
                headers: headers.iter().map(|(name, value)| (shown(name), shown(value))).collect(),
            },
            old: JsonSide::of(report.old, change, &change.old),
            new: JsonSide::of(report.new, change, &change.new),
            places: change.places,
            command: command(&change.request, &masked),
        }
    }
}

impl<'r> JsonSide<'r> {
    fn of(half: Half<'r>, change: &Change, told: &Told) -> Self {
        let (outcome, status, handler) = match told.outcome {
            Some(Outcome::Answered(status)) => (OUTCOMES[0], Some(status), None),
            Some(Outcome::Passed(handler)) => (OUTCOMES[1], None, Some(handler.name())),
            Some(Outcome::Anything) | None => (OUTCOMES[2], None, None),
        };
        let masked = half.mask.with(&change.request);
        let challenge = told.challenge.as_deref().filter(|_| status.is_some());
        Self {
            outcome,
            status,
            handler,
            challenge: challenge.map(|text| masked.text(text).into_owned()),
            authorization: told.forwarded.authorization.name(),
            location: half.reason(told).map(|(text, at)| {
                let (path, start, end) = points(half.project, at);
                JsonPlace { path, start, end, text }
            }),
        }
    }
}

fn kind_schema(_: &mut SchemaGenerator) -> Schema {
    one_of(Kind::ALL.map(Kind::name))
}

fn outcome_schema(_: &mut SchemaGenerator) -> Schema {
    one_of(OUTCOMES)
}

fn authorization_schema(_: &mut SchemaGenerator) -> Schema {
    one_of(Authorization::ALL.map(Authorization::name))
}

fn handler_schema(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({ "anyOf": [one_of(Handler::ALL.map(Handler::name)), { "type": "null" }] })
}
