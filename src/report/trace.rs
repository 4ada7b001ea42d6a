//! What becomes of one request: the story for people, and one JSON object for programs.

use super::json::{Escaped, Point, points};
use super::text::visible;
use crate::config::Project;
use crate::policy::answer::{Forwarded, Outcome, Prediction, Step};
use crate::policy::request::{Credential, Request};
use crate::policy::world::Cause;
use crate::source::Location;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use std::io::{self, Write};

/// The version of these shapes; it changes when a program that reads them must.
const VERSION: u32 = 1;

/// A request with what becomes of it.
#[derive(Clone, Copy, Debug)]
pub struct Trace<'t> {
    /// What was read.
    pub project: &'t Project,
    /// The URL, as the user wrote it.
    pub url: &'t str,
    /// The request.
    pub request: &'t Request,
    /// What becomes of it.
    pub prediction: &'t Prediction,
}

/// Writes a trace as one JSON object.
pub fn json(trace: Trace<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut out = Escaped(out);
    let mut json = serde_json::Serializer::pretty(&mut out);
    JsonTrace::of(trace, None).serialize(&mut json)?;
    out.write_all(b"\n")
}

/// Writes a trace as one line of JSON, with the `id` that its request came with.
pub fn json_line(
    trace: Trace<'_>,
    id: Option<&serde_json::Value>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut out = Escaped(out);
    serde_json::to_writer(&mut out, &JsonTrace::of(trace, id))?;
    out.write_all(b"\n")
}

/// The JSON Schema of a trace.
#[must_use]
pub fn schema() -> Schema {
    schemars::generate::SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<JsonTrace<'static>>()
}

/// Writes a trace for people.
pub fn full(trace: Trace<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Trace { project, url, request, prediction } = trace;
    writeln!(out, "{} {}", visible(&String::from_utf8_lossy(&request.method)), visible(url))?;
    for step in &prediction.answer.steps {
        let place = step.at.map(|at| place(project, at)).unwrap_or_default();
        writeln!(out, "  {:<14} {}{}", step.phase, visible(&step.text), visible(&place))?;
    }
    if let Some(outcome) = prediction.outcome {
        writeln!(out, "→ {}", told(outcome))?;
    } else {
        let all: Vec<String> = prediction.possible.iter().map(|outcome| told(*outcome)).collect();
        writeln!(out, "→ unknown: {}", all.join(", "))?;
    }
    for cause in &prediction.unknown {
        let place = cause.at.map(|at| place(project, at)).unwrap_or_default();
        writeln!(out, "  depends on: {}{}", visible(&cause.text), visible(&place))?;
    }
    Ok(())
}

fn place(project: &Project, at: Location) -> String {
    let file = project.sources.get(at.file);
    format!(" ({}:{})", file.name, file.position(at.span.start).line)
}

fn told(outcome: Outcome) -> String {
    match outcome {
        Outcome::Answered(0) => "the connection is closed without an answer".into(),
        Outcome::Answered(status) => status.to_string(),
        Outcome::Passed(handler) => format!("passed to its handler ({})", handler.name()),
        Outcome::Anything => "anything".into(),
    }
}

/// What becomes of one request.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Trace")]
struct JsonTrace<'t> {
    /// What the request came with.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'t serde_json::Value>,
    /// The version of this shape.
    schema: u32,
    request: JsonRequest<'t>,
    /// answered, passed or unknown.
    outcome: &'static str,
    /// What the server itself answers with.
    status: Option<u16>,
    /// What can come out.
    possible: Vec<Possible>,
    /// Who answers a request that passes.
    handler: Option<&'static str>,
    /// The value of the first WWW-Authenticate header.
    challenge: Option<&'t str>,
    forwarded: JsonForwarded<'t>,
    /// What happens, in its order.
    steps: Vec<JsonStep<'t>>,
    /// What it depends on, where that is not known.
    unknown: Vec<JsonCause<'t>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TracedRequest")]
struct JsonRequest<'t> {
    method: String,
    url: &'t str,
    /// The client's address.
    from: String,
    user: Option<String>,
}

/// A status, or "passed".
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
enum Possible {
    Status(u16),
    Passed(&'static str),
}

/// What the handler gets.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Forwarded")]
struct JsonForwarded<'t> {
    /// client, literal, dropped, absent or unknown.
    authorization: &'static str,
    /// The directive that decides it.
    set_at: Option<JsonPlace<'t>>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TracePlace")]
struct JsonPlace<'t> {
    path: &'t str,
    start: Point,
    end: Point,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Step")]
struct JsonStep<'t> {
    /// The place of the directive; absent for a default of the server.
    #[serde(flatten)]
    at: Option<JsonPlace<'t>>,
    phase: &'static str,
    text: &'t str,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Cause")]
struct JsonCause<'t> {
    #[serde(flatten)]
    at: Option<JsonPlace<'t>>,
    text: &'t str,
}

impl<'t> JsonTrace<'t> {
    fn of(trace: Trace<'t>, id: Option<&'t serde_json::Value>) -> Self {
        let Trace { project, url, request, prediction } = trace;
        let answer = &prediction.answer;
        let (outcome, status, handler) = match prediction.outcome {
            Some(Outcome::Answered(status)) => ("answered", Some(status), None),
            Some(Outcome::Passed(handler)) => ("passed", None, Some(handler.name())),
            Some(Outcome::Anything) | None => ("unknown", None, None),
        };
        let user = match &request.credential {
            Some(Credential::Basic { user, .. }) => {
                Some(String::from_utf8_lossy(user).into_owned())
            }
            _ => None,
        };
        Self {
            id,
            schema: VERSION,
            request: JsonRequest {
                method: String::from_utf8_lossy(&request.method).into_owned(),
                url,
                from: request.from.to_string(),
                user,
            },
            outcome,
            status,
            possible: possible(&prediction.possible),
            handler,
            challenge: answer.challenge.as_deref().filter(|_| status.is_some()),
            forwarded: forwarded(project, &answer.forwarded),
            steps: answer.steps.iter().map(|step| json_step(project, step)).collect(),
            unknown: prediction.unknown.iter().map(|cause| json_cause(project, cause)).collect(),
        }
    }
}

/// What can come out, each once. Where what decides is not here, a login is the least that can be in it.
fn possible(outcomes: &[Outcome]) -> Vec<Possible> {
    let mut all = Vec::new();
    let mut add = |one| {
        if !all.contains(&one) {
            all.push(one);
        }
    };
    for outcome in outcomes {
        match outcome {
            Outcome::Answered(status) => add(Possible::Status(*status)),
            Outcome::Passed(_) => add(Possible::Passed("passed")),
            Outcome::Anything => {
                add(Possible::Status(401));
                add(Possible::Status(403));
                add(Possible::Passed("passed"));
            }
        }
    }
    all
}

fn forwarded<'t>(project: &'t Project, forwarded: &Forwarded) -> JsonForwarded<'t> {
    JsonForwarded {
        authorization: forwarded.authorization.name(),
        set_at: forwarded.set_at.map(|at| json_place(project, at)),
    }
}

fn json_step<'t>(project: &'t Project, step: &'t Step) -> JsonStep<'t> {
    JsonStep { at: step.at.map(|at| json_place(project, at)), phase: step.phase, text: &step.text }
}

fn json_cause<'t>(project: &'t Project, cause: &'t Cause) -> JsonCause<'t> {
    JsonCause { at: cause.at.map(|at| json_place(project, at)), text: &cause.text }
}

fn json_place(project: &Project, at: Location) -> JsonPlace<'_> {
    let (path, start, end) = points(project, at);
    JsonPlace { path, start, end }
}
