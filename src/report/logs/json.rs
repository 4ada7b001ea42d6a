//! One JSON object: the contract with programs. Its schema is what `lint401 schema logs` prints.

use super::{name, words};
use crate::config::Project;
use crate::logs::{Group, Logs, Why};
use crate::report::json::{Point, one_of, points, schema_of, write_whole};
use crate::source::Location;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use std::io::{self, Write};

/// The version of these shapes; it changes when a program that reads them must.
const VERSION: u32 = 1;

/// Writes what the logs say as one JSON object.
pub fn json(project: &Project, logs: &Logs, out: &mut dyn Write) -> io::Result<()> {
    write_whole(&JsonLogs::of(project, logs), out)
}

/// The JSON Schema of it.
#[must_use]
pub fn schema() -> Schema {
    schema_of::<JsonLogs<'static>>()
}

/// What `lint401 logs` prints.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Logs")]
struct JsonLogs<'l> {
    /// The version of this shape.
    schema: u32,
    files: Vec<JsonFile<'l>>,
    /// Refusals that a directive gave, the most frequent first.
    attributed: Vec<JsonGroup<'l>>,
    /// Refusals that the configuration does not explain, likewise.
    unexplained: Vec<JsonGroup<'l>>,
    /// What error logs say of requests of which nothing else is known.
    only_in_error_logs: Vec<JsonReason>,
    /// What is not told in full.
    not_told: JsonNotTold,
}

/// A file that was read.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LogFile")]
struct JsonFile<'l> {
    path: &'l str,
    /// Unpacked.
    bytes: u64,
    /// The name of the format of its access lines.
    format: Option<&'l str>,
    /// Whether it has lines of an error log.
    errors: bool,
}

/// Refusals that have one cause.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Refusals")]
struct JsonGroup<'l> {
    status: u16,
    /// How many lines of access logs tell of it; 0 where only error logs do.
    count: u64,
    /// Whether the client sent a user.
    user_sent: bool,
    /// Whether they are OPTIONS requests, as browsers send before others.
    preflight: bool,
    /// What gave them: a directive, one of several, what a directive asks elsewhere, the handler to which they pass; nothing that
    /// the configuration says by now; or no server of it.
    #[schemars(schema_with = "why_schema")]
    why: &'static str,
    /// Who answers what passes.
    handler: Option<&'static str>,
    /// What the configuration answers by now, where that is something else.
    answers_now: Option<u16>,
    /// What happens, in a few words.
    text: &'l str,
    /// The directives.
    locations: Vec<JsonPlace<'l>>,
    /// What the paths have in common.
    path: &'l str,
    /// The most frequent paths.
    paths: Vec<JsonCount<'l>>,
    clients: usize,
    /// Whether `clients` counts all of them.
    all_clients: bool,
    /// The most frequent clients, masked unless they were asked for.
    top_clients: Vec<JsonCount<'l>>,
    /// What error logs say of them.
    error_log: Vec<JsonReason>,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "LogPlace")]
struct JsonPlace<'l> {
    path: &'l str,
    start: Point,
    end: Point,
    /// The directive as it stands there, without secrets.
    directive: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Count")]
struct JsonCount<'l> {
    name: &'l str,
    count: u64,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Reason")]
struct JsonReason {
    reason: &'static str,
    count: u64,
}

/// What is not told in full.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "NotTold")]
struct JsonNotTold {
    /// Requests that are told by the folder of their path, because there are too many different ones.
    by_folder: u64,
    /// Requests that are only counted, for the same reason.
    lost: u64,
    /// Lines that seem to tell of a refusal and are of no known format.
    odd_lines: u64,
    /// Lines that are too long.
    long_lines: u64,
    /// Servers that were not asked, because there are many and the log does not name the host.
    servers_left_out: usize,
}

impl<'l> JsonLogs<'l> {
    fn of(project: &'l Project, logs: &'l Logs) -> Self {
        let groups =
            |list: &'l [Group]| list.iter().map(|one| JsonGroup::of(project, one)).collect();
        Self {
            schema: VERSION,
            files: logs
                .files
                .iter()
                .map(|file| JsonFile {
                    path: &file.path,
                    bytes: file.bytes,
                    format: file.format.as_deref(),
                    errors: file.errors,
                })
                .collect(),
            attributed: groups(&logs.attributed),
            unexplained: groups(&logs.unexplained),
            only_in_error_logs: reasons(&logs.reasons),
            not_told: JsonNotTold {
                by_folder: logs.by_folder,
                lost: logs.lost,
                odd_lines: logs.odd_lines,
                long_lines: logs.long_lines,
                servers_left_out: logs.servers_left_out,
            },
        }
    }
}

impl<'l> JsonGroup<'l> {
    fn of(project: &'l Project, group: &'l Group) -> Self {
        Self {
            status: group.status,
            count: group.count,
            user_sent: group.has_user,
            preflight: group.is_preflight,
            why: name(group.why),
            handler: match group.why {
                Why::Passed(handler) => Some(handler.name()),
                _ => None,
            },
            answers_now: match group.why {
                Why::Otherwise(status @ 1..) => Some(status),
                _ => None,
            },
            text: &group.text,
            locations: group.places.iter().map(|at| place(project, *at)).collect(),
            path: &group.path,
            paths: counts(&group.paths),
            clients: group.clients,
            all_clients: !group.more_clients,
            top_clients: counts(&group.top_clients),
            error_log: reasons(&group.reasons),
        }
    }
}

fn place(project: &Project, at: Location) -> JsonPlace<'_> {
    let (path, start, end) = points(project, at);
    JsonPlace { path, start, end, directive: words(project, at) }
}

fn counts(list: &[(String, u64)]) -> Vec<JsonCount<'_>> {
    list.iter().map(|(name, count)| JsonCount { name, count: *count }).collect()
}

fn reasons(list: &[(&'static str, u64)]) -> Vec<JsonReason> {
    list.iter().map(|&(reason, count)| JsonReason { reason, count }).collect()
}

fn why_schema(_: &mut SchemaGenerator) -> Schema {
    one_of(["directive", "one-of", "elsewhere", "passed", "otherwise", "no-server"])
}
