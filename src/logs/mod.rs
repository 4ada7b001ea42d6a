//! Logs against the configuration: which directive gave each refusal that they tell of.
//!
//! * `scan`: finds the lines that matter
//! * `fold`: counts what is the same
//! * `writer`: the servers that write a log, and in which format
//! * `way`: the ways in which the requests of a log can have come
//! * `blame`: what the evaluator says of one request that was answered so
//! * `attribute`: the configuration is asked once for each request that is different
//! * `group`: refusals with one cause, as they are told

mod attribute;
mod blame;
mod fold;
mod group;
mod scan;
mod way;
mod writer;

pub use attribute::{Asked, attribute};
pub use fold::Folded;
pub use scan::{Kind, Scanner};
pub use way::file_name;
pub use writer::{Writer, formats, writers};

use crate::policy::answer::Handler;
use crate::source::Location;

/// What the logs say.
#[derive(Debug, Default)]
pub struct Logs {
    /// The files that were read.
    pub files: Vec<LogFile>,
    /// Refusals that a directive gave, the most frequent first.
    pub attributed: Vec<Group>,
    /// Refusals that the configuration does not explain, likewise.
    pub unexplained: Vec<Group>,
    /// Reasons in error logs for which nothing else was found.
    pub reasons: Vec<(&'static str, u64)>,
    /// Requests that are told by the folder of their path, because there were too many different ones.
    pub by_folder: u64,
    /// Requests that are only counted, for the same reason.
    pub lost: u64,
    /// Lines that seem to tell of a refusal and are of no known format.
    pub odd_lines: u64,
    /// Lines that were too long to be read.
    pub long_lines: u64,
    /// How many servers there are of which only the first few were asked, where logs do not name the host.
    pub servers_left_out: usize,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFile {
    /// The path as the user wrote it.
    pub path: String,
    /// How many bytes it holds, unpacked.
    pub bytes: u64,
    /// The name of the format of its access lines.
    pub format: Option<String>,
    /// Whether it has lines of an error log.
    pub errors: bool,
}

/// Refusals that have one cause.
#[derive(Clone, Debug)]
pub struct Group {
    /// The status.
    pub status: u16,
    /// How many lines of access logs tell of it.
    pub count: u64,
    /// Whether the client sent a user.
    pub has_user: bool,
    /// Whether they are preflights of browsers.
    pub is_preflight: bool,
    /// What gave it.
    pub why: Why,
    /// The places of the directives that gave it; several where servers are not told apart.
    pub places: Vec<Location>,
    /// What happened, in a few words.
    pub text: String,
    /// What the paths have in common.
    pub path: String,
    /// The paths, the most frequent first, without queries.
    pub paths: Vec<(String, u64)>,
    /// How many clients.
    pub clients: usize,
    /// Whether there are more than could be told apart.
    pub more_clients: bool,
    /// Their addresses, the most frequent first, masked unless the user asked for them.
    pub top_clients: Vec<(String, u64)>,
    /// What error logs say of them.
    pub reasons: Vec<(&'static str, u64)>,
}

/// What gave a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// A directive.
    Directive,
    /// One of several directives.
    OneOf,
    /// What a directive asks elsewhere.
    Elsewhere,
    /// The handler: the configuration lets the request pass.
    Passed(Handler),
    /// The configuration answers with this status by now; 0 where it cannot be said.
    Otherwise(u16),
    /// No server of the configuration.
    Nobody,
}
