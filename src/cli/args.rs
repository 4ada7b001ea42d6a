//! The arguments: their names, their values and what `--help` says of them.

use super::Failure;
use crate::diagnostic::{Severity, closest};
use crate::report::Format;
use crate::syntax::Language;
use clap::{Parser, Subcommand, ValueEnum, ValueHint};
use std::path::PathBuf;

const EXIT_STATUS: &str =
    "Exit status: 0 nothing at or above --fail-on, 1 findings, 2 the run itself failed.";

const TRACE_STATUS: &str = "A line of --batch is {\"url\": …} with any of id, method, headers, user, bearer, from, connect. Each line gets one, \
in the same order: a prediction, or {\"id\": …, \"error\": …}. `lint401 schema trace` has their shape.\n\n\
Exit status: 0 whenever a prediction was made, 2 the run itself failed or a line of --batch is no request.";

const LOGS_STATUS: &str = "A refusal is due to the directive that the configuration names for it now, as far as the log tells host, method, path, \
client and user. Queries and passwords are never shown, users neither, clients only by their network unless --clients is given.\n\n\
Exit status: 0 all was read, 2 the run itself failed or a file could not be read to its end.";

const DIFF_STATUS: &str = "Both sides are asked the same requests, made of what the directives of either side name; what answers alike is no change, \
however it is written. `lint401 schema diff` has the shape of the JSON.\n\n\
Exit status: 0 no change of the kinds of --fail-on, 1 some, 2 the run itself failed.";

const MAP_STATUS: &str = "A stranger comes from outside (192.0.2.1) without a login. What is told of each place is what one request gets that \
comes by there; `lint401 trace` tells its story. `lint401 schema map` has the shape of the JSON.\n\n\
Exit status: 0 a map was made, 2 the run itself failed.";

/// Finds the requests that an nginx or Apache httpd configuration answers with an unwanted 401.
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    after_help = EXIT_STATUS
)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) check: CheckArgs,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Lint files and folders; the default command
    #[command(after_help = EXIT_STATUS)]
    Check(Box<CheckArgs>),
    /// Predict what the server answers to one request, and cite every directive that decides it
    #[command(after_help = TRACE_STATUS)]
    Trace(Box<TraceArgs>),
    /// Tell what every server, location, directory and .htaccess gives to whom
    #[command(after_help = MAP_STATUS)]
    Map(Box<MapArgs>),
    /// Tell what a change does to who gets in: which requests get something else
    #[command(after_help = DIFF_STATUS)]
    Diff(Box<DiffArgs>),
    /// Print the page of a rule
    Explain(ExplainArgs),
    /// List the rules
    Rules(RulesArgs),
    /// Print the JSON Schema of the report, of a trace, of a map, of a diff or of lint401.toml
    Schema(SchemaArgs),
    /// Print the completions of a shell
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
    /// Tell which directives gave the 401s and 403s of access and error logs
    #[command(after_help = LOGS_STATUS)]
    Logs(Box<LogsArgs>),
    /// Propose contracts for lint401.toml: what the configuration answers now where it matters
    Expect(Box<ExpectArgs>),
    /// Write a commented lint401.toml for what is in a folder
    Init(InitArgs),
    /// Serve an editor: a language server on standard input and output
    Lsp(LspArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct LspArgs {
    /// What editors add of their own accord; there is no other way to talk
    #[arg(long, hide = true)]
    _stdio: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct InitArgs {
    /// The folder [default: .]
    #[arg(value_name = "PATH", value_hint = ValueHint::DirPath)]
    pub(super) path: Option<PathBuf>,
}

/// How the configuration is read.
#[derive(Debug, clap::Args)]
pub(super) struct ReadArgs {
    /// Which server's files these are [default: told by each file]
    #[arg(long, value_enum, value_name = "SERVER")]
    pub(super) server: Option<Server>,
    /// Look up the configuration's absolute paths below this folder: a checkout, an unpacked image
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) root: Option<PathBuf>,
    /// What the server is: nginx=1.22, apache=2.4.57, libc=musl, modules=NAME,NAME, user=NAME
    #[arg(long, value_name = "KEY=VALUE")]
    pub(super) target: Vec<String>,
    /// A name that httpd is started with, as in `httpd -D`
    #[arg(long, value_name = "NAME[=VALUE]")]
    pub(super) define: Vec<String>,
    /// The blocks that an nginx fragment is included into, outermost first: http,server
    #[arg(long, value_name = "BLOCKS", value_delimiter = ',')]
    pub(super) context: Vec<String>,
    /// What standard input is called
    #[arg(long, value_name = "PATH")]
    pub(super) stdin_filename: Option<PathBuf>,
    /// The settings file [default: lint401.toml here or in the nearest folder above]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub(super) config: Option<PathBuf>,
    /// Read no settings file
    #[arg(long)]
    pub(super) no_config: bool,
}

// every flag stands for itself
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    /// Files and folders; `-` is standard input [default: .]
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) reading: ReadArgs,
    /// Do not look for .htaccess files below document roots
    #[arg(long)]
    pub(super) no_htaccess: bool,
    /// Leave out what matches, as in .gitignore
    #[arg(long, value_name = "GLOB")]
    pub(super) exclude: Vec<String>,
    /// Leave out what matches even where it is named
    #[arg(long)]
    pub(super) force_exclude: bool,

    /// Only these: a rule, nginx/*, effect:unwanted-401
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(super) select: Vec<String>,
    /// Not these, likewise
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// Report findings at or above this [default: warning]
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(super) severity: Option<Level>,
    /// End with 1 when there is a finding at or above this [default: warning]
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(super) fail_on: Option<FailOn>,
    /// The day that rules with a clock take for today
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub(super) now: Option<String>,

    /// How to report: full, concise, json, json-lines, markdown, sarif, github, gitlab, junit, checkstyle, rdjson [default: full]
    #[arg(long, value_name = "FORMAT")]
    pub(super) output_format: Option<String>,
    /// Write a further report to a file
    #[arg(long, value_name = "FORMAT=FILE")]
    pub(super) output: Vec<String>,
    /// Report what comments in the files suppress, too
    #[arg(long)]
    pub(super) no_inline_ignores: bool,
    /// Whether SARIF lists what comments and the baseline silence, marked as such [default: show; omit in a GitHub workflow, where code scanning would open alerts for it]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(super) silenced: Option<ShowSilenced>,
    /// Colour the report
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,
    /// Print findings and nothing else
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Count the findings of each rule
    #[arg(long)]
    pub(super) statistics: bool,
    /// Only list the files that would be read
    #[arg(long)]
    pub(super) files: bool,
    /// End with 0 when there is nothing to lint
    #[arg(long)]
    pub(super) allow_empty: bool,

    /// Apply the fixes that change nothing for anybody, and report what is left
    #[arg(long)]
    pub(super) fix: bool,
    /// Apply the fixes that change who gets in, too
    #[arg(long)]
    pub(super) unsafe_fixes: bool,
    /// Show what the fixes would change, and write nothing
    #[arg(long)]
    pub(super) diff: bool,
    /// Leave out the findings that this file knows
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) baseline: Option<PathBuf>,
    /// Write what is found into the baseline: from now on it is known
    #[arg(long)]
    pub(super) write_baseline: bool,
}

/// A configuration, and which of its places are wanted.
#[derive(Debug, clap::Args)]
pub(super) struct MapArgs {
    /// The main configuration, or a folder with some; `-` is standard input [default: .]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) path: Option<PathBuf>,

    /// Only servers that have this name; `*` stands for anything
    #[arg(long, value_name = "NAME")]
    pub(super) server_name: Option<String>,
    /// Only places whose paths begin like this
    #[arg(long = "path", value_name = "PREFIX")]
    pub(super) path_below: Option<String>,
    /// Only places where a stranger may get this
    #[arg(long, value_name = "STATUS", value_delimiter = ',')]
    pub(super) status: Vec<u16>,
    /// Only places that let strangers in
    #[arg(long)]
    pub(super) open: bool,
    /// Tell of each user and group of the password files which places it opens
    #[arg(long, conflicts_with = "open")]
    pub(super) users: bool,

    /// How to report
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "full")]
    pub(super) output_format: MapFormat,
    /// Colour the report
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,

    #[command(flatten)]
    pub(super) reading: ReadArgs,
}

/// Two configurations that are asked the same requests.
#[derive(Debug, clap::Args)]
pub(super) struct DiffArgs {
    /// What was there: a file, a folder, a dump of `nginx -T`, a git revision, or two as in main..HEAD
    #[arg(value_name = "OLD", value_hint = ValueHint::AnyPath)]
    pub(super) old: PathBuf,
    /// What is there, likewise [default with a revision: the work tree]
    #[arg(value_name = "NEW", value_hint = ValueHint::AnyPath)]
    pub(super) new: Option<PathBuf>,

    /// End with 1 when there is a change of these kinds: now-401, now-403, now-error, now-open, now-passed, challenge-changed, forwarded-changed, never [default: any]
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    pub(super) fail_on: Vec<String>,
    /// How to report
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "full")]
    pub(super) output_format: DiffFormat,
    /// Colour the report
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,

    #[command(flatten)]
    pub(super) reading: ReadArgs,
}

/// A request, and the configuration that is asked what becomes of it.
#[derive(Debug, clap::Args)]
pub(super) struct TraceArgs {
    /// The URL of the request
    #[arg(value_name = "URL", required_unless_present = "batch")]
    pub(super) url: Option<String>,
    /// The main configuration, or a folder with one; `-` is standard input [default: .]
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) config_file: Option<PathBuf>,

    #[command(flatten)]
    pub(super) request: RequestArgs,

    /// Read requests as lines of JSON, one each; `-` is standard input
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with_all = ["url", "output_format"])]
    pub(super) batch: Option<PathBuf>,
    /// How to report: full, json [default: full; of --batch: lines of JSON]
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub(super) output_format: Option<ListFormat>,
    /// Colour the report
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,

    #[command(flatten)]
    pub(super) reading: ReadArgs,
}

/// What the client sends besides the URL. With `--batch` it holds for lines that do not say otherwise.
#[derive(Debug, clap::Args)]
pub(super) struct RequestArgs {
    /// The method [default: GET]
    #[arg(short = 'X', long = "request", value_name = "METHOD")]
    pub(super) method: Option<String>,
    /// A header; Host is the name of the server that is asked
    #[arg(short = 'H', long, value_name = "NAME: VALUE")]
    pub(super) header: Vec<String>,
    /// The user of a Basic login; without a password the right one is taken for granted
    #[arg(long, value_name = "NAME[:PASSWORD]")]
    pub(super) user: Option<String>,
    /// A bearer token
    #[arg(long, value_name = "TOKEN", conflicts_with = "user")]
    pub(super) bearer: Option<String>,
    /// The client's address [default: 192.0.2.1, an outsider's]
    #[arg(long, value_name = "IP")]
    pub(super) from: Option<String>,
    /// The address that the client connects to [default: the URL's; any that listens where that is a name]
    #[arg(long, value_name = "ADDR[:PORT]")]
    pub(super) connect: Option<String>,
}

/// Logs, and the configuration that they are of.
#[derive(Debug, clap::Args)]
pub(super) struct LogsArgs {
    /// Access and error logs of nginx or httpd, packed with gzip or not; `-` is standard input
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    pub(super) files: Vec<PathBuf>,
    /// The main configuration, or a folder with one [default: .]
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) config_file: Option<PathBuf>,
    /// What a line of an access log looks like, as in log_format or LogFormat, besides what the configuration says
    #[arg(long, value_name = "FORMAT", allow_hyphen_values = true)]
    pub(super) log_format: Vec<String>,
    /// Show the addresses of clients
    #[arg(long)]
    pub(super) clients: bool,
    /// How to report: full, json
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "full")]
    pub(super) output_format: ListFormat,
    /// Colour the report
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,

    #[command(flatten)]
    pub(super) reading: ReadArgs,
}

/// Contracts for what the configuration does now.
#[derive(Debug, clap::Args)]
pub(super) struct ExpectArgs {
    /// Main configurations, or folders with them; `-` is standard input [default: .]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,
    /// Append them to the settings file, which is made where there is none
    #[arg(long)]
    pub(super) write: bool,

    #[command(flatten)]
    pub(super) reading: ReadArgs,
}

#[derive(Debug, clap::Args)]
pub(super) struct ExplainArgs {
    /// The rule's name, such as nginx/basic-off-misspelt
    pub(super) rule: String,
    /// full or json
    #[arg(long, value_enum, default_value = "full")]
    pub(super) output_format: ListFormat,
}

#[derive(Debug, clap::Args)]
pub(super) struct RulesArgs {
    /// full or json
    #[arg(long, value_enum, default_value = "full")]
    pub(super) output_format: ListFormat,
}

#[derive(Debug, clap::Args)]
pub(super) struct SchemaArgs {
    /// Whose schema
    #[arg(value_enum)]
    pub(super) of: SchemaOf,
}

#[derive(Debug, clap::Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(super) shell: clap_complete::Shell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaOf {
    /// The report: --output-format json
    Output,
    /// What `trace` prints: --output-format json
    Trace,
    /// What `logs` prints: --output-format json
    Logs,
    /// What `map` prints: --output-format json
    Map,
    /// What `map --users` prints: --output-format json
    Users,
    /// What `diff` prints: --output-format json
    Diff,
    /// The settings: lint401.toml
    Config,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    Full,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum MapFormat {
    /// A table, places that are alike in one line
    Full,
    /// One object, an entry for every place
    Json,
    /// Tables of Markdown
    Markdown,
    /// One page that needs nothing else
    Html,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum DiffFormat {
    /// A few lines a cause
    Full,
    /// One object
    Json,
    /// A comment on a merge request
    Markdown,
    /// Annotations of GitHub's workflow runner
    Github,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Server {
    Nginx,
    Apache,
}

impl From<Server> for Language {
    fn from(server: Server) -> Self {
        match server {
            Server::Nginx => Self::Nginx,
            Server::Apache => Self::Apache,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Level {
    Error,
    Warning,
    Info,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Self::Error,
            Level::Warning => Self::Warning,
            Level::Info => Self::Info,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    Error,
    Warning,
    Info,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ShowSilenced {
    Show,
    Omit,
}

impl ShowSilenced {
    /// What is usual here. GitHub's code scanning does not look at what SARIF says of suppressions: it opens an alert for
    /// everything that is listed.
    pub(super) fn usual() -> Self {
        let is_github = std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        if is_github { Self::Omit } else { Self::Show }
    }
}

/// The output format with this name.
pub(super) fn format(name: &str) -> Result<Format, Failure> {
    if let Some(format) = Format::ALL.into_iter().find(|format| format.name() == name) {
        return Ok(format);
    }
    let names = Format::ALL.map(Format::name);
    let meant =
        closest(name, names).map_or(String::new(), |meant| format!(", did you mean `{meant}`?"));
    Err(Failure::new(format!(
        "no output format is named `{name}`{meant}; there are {}",
        names.join(", ")
    )))
}
