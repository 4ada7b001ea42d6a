//! One JSON object a request: the contract with programs. Its schema is what `lint401 schema trace` prints.

use super::{Masked, Trace, words};
use crate::config::Project;
use crate::policy::answer::{Authorization, Forwarded, Handler, Outcome, Step, possible};
use crate::policy::request::Credential;
use crate::policy::world::Cause;
use crate::report::json::{Escaped, Point, one_of, points, schema_of, write_whole};
use crate::source::Location;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use std::borrow::Cow;
use std::io::{self, Write};

/// The version of these shapes; it changes when a program that reads them must.
const VERSION: u32 = 1;

const OUTCOMES: [&str; 3] = ["answered", "passed", "unknown"];

/// Writes a trace as one JSON object.
pub fn json(trace: Trace<'_>, out: &mut dyn Write) -> io::Result<()> {
    let masked = trace.masked();
    write_whole(&JsonTrace::of(trace, &masked, None), out)
}

/// Writes a trace as one line of JSON, with the `id` that its request came with.
pub fn json_line(
    trace: Trace<'_>,
    id: Option<&serde_json::Value>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let masked = trace.masked();
    let mut out = Escaped(out);
    serde_json::to_writer(&mut out, &JsonTrace::of(trace, &masked, id))?;
    out.write_all(b"\n")
}

/// Writes a line for what is no request, with its `id` as far as that could be read.
pub fn json_line_error(
    error: &str,
    id: Option<&serde_json::Value>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = Escaped(out);
    serde_json::to_writer(&mut out, &JsonError { id, schema: VERSION, error })?;
    out.write_all(b"\n")
}

/// The JSON Schema of a trace.
#[must_use]
pub fn schema() -> Schema {
    schema_of::<Line<'static>>()
}

/// What `lint401 trace` prints for one request.
#[derive(JsonSchema)]
#[schemars(rename = "Trace", untagged)]
#[expect(dead_code, clippy::large_enum_variant, reason = "only its schema is used")]
enum Line<'t> {
    Trace(JsonTrace<'t>),
    Error(JsonError<'t>),
}

/// A line of `--batch` that is no request.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Error")]
struct JsonError<'t> {
    /// What the line came with, as far as it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'t serde_json::Value>,
    /// The version of this shape.
    schema: u32,
    /// What is wrong with it.
    error: &'t str,
}

/// What becomes of one request.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Prediction")]
struct JsonTrace<'t> {
    /// What the request came with; only with `--batch`.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'t serde_json::Value>,
    /// The version of this shape.
    schema: u32,
    request: JsonRequest<'t>,
    /// Whether the server itself answers, access control lets the request pass to its handler, or that is not known.
    #[schemars(schema_with = "outcome_schema")]
    outcome: &'static str,
    /// What the server itself answers with; 0 where it closes the connection without an answer.
    status: Option<u16>,
    /// What can come out: statuses, and "passed".
    possible: Vec<Possible>,
    /// Who answers a request that passes.
    #[schemars(schema_with = "handler_schema")]
    handler: Option<&'static str>,
    /// The value of the first WWW-Authenticate header of the answer.
    challenge: Option<Cow<'t, str>>,
    forwarded: JsonForwarded<'t>,
    /// What happens, in its order; where the outcome is unknown, one of the ways in which it can.
    steps: Vec<JsonStep<'t>>,
    /// Which of the steps, from 0, decides the outcome.
    decided_by: Option<usize>,
    /// What it depends on, where the outcome is not known.
    unknown: Vec<JsonCause<'t>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TracedRequest")]
struct JsonRequest<'t> {
    method: Cow<'t, str>,
    /// As it was given, without secrets.
    url: Cow<'t, str>,
    /// The client's address.
    from: String,
    /// The user of a Basic login.
    user: Option<Cow<'t, str>>,
}

/// A status, or "passed".
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
enum Possible {
    Status(u16),
    #[schemars(schema_with = "passed_schema")]
    Passed(&'static str),
}

/// What the handler gets.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Forwarded")]
struct JsonForwarded<'t> {
    /// The Authorization header: the client's, set by the configuration, dropped, not there, or not known.
    #[schemars(schema_with = "authorization_schema")]
    authorization: &'static str,
    /// The directive that decides it; null for a default of the server.
    set_at: Option<JsonPlace<'t>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TracePlace")]
struct JsonPlace<'t> {
    path: &'t str,
    start: Point,
    end: Point,
}

/// One thing that happens.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Step")]
struct JsonStep<'t> {
    /// The place of the directive that decides it; absent for a default of the server.
    #[serde(flatten)]
    at: Option<JsonPlace<'t>>,
    /// Where on the request's way it happens: server, rewrite, location, access, content, …
    phase: &'static str,
    /// What happens.
    text: Cow<'t, str>,
    /// The directive as it stands there, without secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    directive: Option<String>,
    /// How many requests are around the one to which it happens: subrequests, and those to another server block.
    depth: u8,
}

/// Something that the configuration does not say.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Cause")]
struct JsonCause<'t> {
    /// The place that leaves it open, where there is one.
    #[serde(flatten)]
    at: Option<JsonPlace<'t>>,
    text: Cow<'t, str>,
}

impl<'t> JsonTrace<'t> {
    fn of(trace: Trace<'t>, masked: &Masked<'_>, id: Option<&'t serde_json::Value>) -> Self {
        let Trace { project, url, request, prediction, .. } = trace;
        let answer = &prediction.answer;
        let (outcome, status, handler) = match prediction.outcome {
            Some(Outcome::Answered(status)) => (OUTCOMES[0], Some(status), None),
            Some(Outcome::Passed(handler)) => (OUTCOMES[1], None, Some(handler.name())),
            Some(Outcome::Anything) | None => (OUTCOMES[2], None, None),
        };
        let user = match &request.credential {
            Some(Credential::Basic { user, .. }) => Some(String::from_utf8_lossy(user)),
            _ => None,
        };
        let (statuses, passes) = possible(&prediction.possible);
        let challenge = answer.challenge.as_deref().filter(|_| status.is_some());
        Self {
            id,
            schema: VERSION,
            request: JsonRequest {
                method: String::from_utf8_lossy(&request.method),
                url: masked.url(url),
                from: request.from.to_string(),
                user,
            },
            outcome,
            status,
            possible: statuses
                .into_iter()
                .map(Possible::Status)
                .chain(passes.then_some(Possible::Passed(OUTCOMES[1])))
                .collect(),
            handler,
            challenge: challenge.map(|text| masked.text(text)),
            forwarded: forwarded(project, &answer.forwarded),
            steps: answer.steps.iter().map(|step| json_step(project, masked, step)).collect(),
            decided_by: answer.decided.filter(|_| prediction.outcome.is_some()),
            unknown: prediction
                .unknown
                .iter()
                .map(|cause| json_cause(project, masked, cause))
                .collect(),
        }
    }
}

fn forwarded<'t>(project: &'t Project, forwarded: &Forwarded) -> JsonForwarded<'t> {
    JsonForwarded {
        authorization: forwarded.authorization.name(),
        set_at: forwarded.set_at.map(|at| json_place(project, at)),
    }
}

fn json_step<'t>(project: &'t Project, masked: &Masked<'_>, step: &'t Step) -> JsonStep<'t> {
    JsonStep {
        at: step.at.map(|at| json_place(project, at)),
        phase: step.phase,
        text: masked.text(&step.text),
        directive: step.at.map(|at| masked.text(&words(project, at)).into_owned()),
        depth: step.depth,
    }
}

fn json_cause<'t>(project: &'t Project, masked: &Masked<'_>, cause: &'t Cause) -> JsonCause<'t> {
    JsonCause { at: cause.at.map(|at| json_place(project, at)), text: masked.text(&cause.text) }
}

fn json_place(project: &Project, at: Location) -> JsonPlace<'_> {
    let (path, start, end) = points(project, at);
    JsonPlace { path, start, end }
}

fn outcome_schema(_: &mut SchemaGenerator) -> Schema {
    one_of(OUTCOMES)
}

fn passed_schema(_: &mut SchemaGenerator) -> Schema {
    one_of([OUTCOMES[1]])
}

fn authorization_schema(_: &mut SchemaGenerator) -> Schema {
    one_of(Authorization::ALL.map(Authorization::name))
}

fn handler_schema(_: &mut SchemaGenerator) -> Schema {
    schemars::json_schema!({ "anyOf": [one_of(Handler::ALL.map(Handler::name)), { "type": "null" }] })
}
