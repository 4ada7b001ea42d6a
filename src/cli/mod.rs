//! The command line: arguments, settings, and one file a command. The only place that reads the environment, the clock
//! and the current folder.

mod args;
mod baseline;
mod check;
mod contracts;
mod diff;
mod expect;
mod explain;
mod fix;
mod git;
mod init;
mod input;
mod logs;
mod lsp;
mod mains;
mod map;
mod options;
mod progress;
mod rules;
mod schema;
mod settings;
mod shell;
mod target;
mod terminal;
mod trace;

use crate::report::visible;
use args::{Args, Command};
use clap::Parser;
pub use lsp::LanguageServer;
use std::io::{self, Write};
use std::process::ExitCode;

/// What a command ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// Nothing at or above `--fail-on`.
    Clean = 0,
    /// Findings.
    Findings = 1,
    /// The run itself failed.
    Failed = 2,
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
#[error("{line}")]
struct Failure {
    /// One line for standard error.
    line: String,
    /// Further lines that show the place.
    picture: Vec<String>,
}

impl Failure {
    fn new(line: impl Into<String>) -> Self {
        Self { line: line.into(), picture: Vec::new() }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(format!("cannot write the report: {error}"))
    }
}

/// Runs the command line and gives back the exit status. `language_server` serves an editor; see [`LanguageServer`].
#[must_use]
pub fn main(language_server: LanguageServer) -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // help and version go to standard output and are no failure; a closed pipe is nobody's concern
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let result = match &args.command {
        None => check::run(&args.check),
        Some(Command::Check(args)) => check::run(args),
        Some(Command::Explain(args)) => explain::run(args),
        Some(Command::Rules(args)) => rules::run(args),
        Some(Command::Schema(args)) => schema::run(args),
        Some(Command::Completions(args)) => shell::completions(args),
        Some(Command::Man) => shell::man(),
        Some(Command::Trace(args)) => trace::run(args),
        Some(Command::Map(args)) => map::run(args),
        Some(Command::Diff(args)) => diff::run(args),
        Some(Command::Logs(args)) => logs::run(args),
        Some(Command::Expect(args)) => expect::run(args),
        Some(Command::Init(args)) => init::run(args),
        Some(Command::Lsp(_)) => Ok(lsp::run(language_server)),
    };
    let status = result.unwrap_or_else(|failure| {
        complain(&failure.line);
        failure.picture.iter().for_each(|line| tell(line));
        Status::Failed
    });
    ExitCode::from(status as u8)
}

/// `1 file`, `3 files`.
fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// Says on standard error what is wrong.
fn complain(text: &str) {
    tell(&format!("lint401: {text}"));
}

/// Writes one line to standard error. What it quotes may be hostile.
fn tell(line: &str) {
    // there is nobody left to tell when standard error is closed
    let _ = writeln!(io::stderr().lock(), "{}", visible(line));
}

/// Writes to standard output. A reader that has seen enough and closed the pipe is no failure.
fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}
