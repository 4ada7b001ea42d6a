//! `lint401 logs`: which directives gave the 401s and 403s that access logs tell of, and why, as error logs have it.
//!
//! `input` reads block by block; what is done with the lines stands in [`crate::logs`].

mod input;

use super::args::{ListFormat, LogsArgs};
use super::input::way_to_files;
use super::mains;
use super::trace::main_file;
use super::{Failure, Status, complain, options, print, terminal};
use crate::config;
use crate::logs::{self, Asked, Folded, Kind, LogFile, Scanner, attribute, file_name};
use crate::policy::either::Policy;
use crate::policy::files::Files;
use crate::policy::mask::Mask;
use crate::report::logs::{full, json};
use crate::source::Remembered;
use crate::syntax::logs::Format;
use std::io;
use std::path::Path;

/// Blocks in which no line is understood before a file is given up.
const PATIENCE: usize = 16;

pub(super) fn run(args: &LogsArgs) -> Result<Status, Failure> {
    let dash = Path::new("-");
    let dashes = args.files.iter().filter(|file| file.as_path() == dash).count();
    if dashes + usize::from(args.config_file.as_deref() == Some(dash)) > 1 {
        return Err(Failure::new("standard input can be read once"));
    }
    let mut formats = Vec::new();
    for text in &args.log_format {
        let is_httpd = text.contains('%');
        let make = if is_httpd { Format::httpd } else { Format::nginx };
        let format = make("--log-format", text.as_bytes());
        if !format.is_telling() {
            return Err(Failure::new(
                "--log-format: has no status or no request, such as $status and $request, or %>s and %r",
            ));
        }
        formats.push(format);
    }
    let plan = options::trace_plan(&args.reading)?;
    let named: Vec<_> = args.config_file.iter().cloned().collect();
    let (fs, paths) = way_to_files(&named, args.reading.stdin_filename.as_deref())?;
    let project = config::load(fs.as_ref(), &paths, &plan);
    let main = main_file(&project)?;
    mains::warn(&project, main);
    let policy = Policy::of(&project, main, mains::root(args.config_file.as_deref()))
        .ok_or_else(|| Failure::new("there is no configuration to ask"))?;
    formats.extend(logs::formats(&policy));
    formats.extend(Format::usual());

    let scanner = Scanner::new(formats).ok_or_else(|| Failure::new("cannot look for lines"))?;
    let mut folded = Folded::default();
    let mut read = Vec::new();
    let mut long_lines = 0;
    let mut is_whole = true;
    for (number, path) in args.files.iter().enumerate() {
        let number = u16::try_from(number).unwrap_or(u16::MAX);
        let (file, long, result) = one(path, number, &scanner, &mut folded);
        if let Err(error) = result {
            is_whole = false;
            complain(&format!("{}: {error}", path.display()));
        }
        long_lines += long;
        read.extend(file);
    }
    let links = plan.links(fs.as_ref());
    let remembered = Remembered::new(&links);
    let names =
        args.files.iter().map(|path| file_name(path.as_os_str().as_encoded_bytes()).to_vec());
    let asked = Asked {
        policy: &policy,
        files: Files::new(&remembered, &project),
        mask: Mask::new(&project),
        writers: logs::writers(&policy),
        names: names.collect(),
        reads_errors: read.iter().any(|file: &LogFile| file.errors),
        shows_clients: args.clients,
    };
    let mut found = attribute(&asked, folded);
    found.files = read;
    found.long_lines = long_lines;
    print(|out| match args.output_format {
        ListFormat::Json => json(&project, &found, out),
        ListFormat::Full => {
            full(&project, &found, terminal::color(args.color), terminal::width(), out)
        }
    })?;
    Ok(if is_whole { Status::Clean } else { Status::Failed })
}

/// Reads one log. What was read before something went wrong counts.
fn one(
    path: &Path,
    number: u16,
    scanner: &Scanner,
    folded: &mut Folded,
) -> (Option<LogFile>, u64, io::Result<()>) {
    let mut input = match input::open(path) {
        Ok(input) => input,
        Err(error) => return (None, 0, Err(error)),
    };
    let unknown = || {
        io::Error::other(
            "no line is one of an access or error log that is known here; --log-format says what they look like",
        )
    };
    let mut kind = Kind::default();
    let mut tried = 0;
    let (volume, result) = input::blocks(input.as_mut(), &mut |block| {
        if kind.format.is_none() {
            let more = scanner.kind(block);
            kind = Kind { format: more.format, errors: kind.errors || more.errors };
        }
        tried += 1;
        if kind == Kind::default() && tried > PATIENCE {
            return Err(unknown());
        }
        scanner.scan(block, kind, number, folded);
        Ok(())
    });
    let is_unknown = kind == Kind::default() && volume.bytes > 0;
    let result = if is_unknown && result.is_ok() { Err(unknown()) } else { result };
    let result = result.map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => io::Error::other(format!(
            "is cut off after {} bytes; what stands before is counted",
            volume.bytes
        )),
        _ => error,
    });
    let file = LogFile {
        path: config::paths::shown(path),
        bytes: volume.bytes,
        format: kind.format.map(|format| scanner.format(format).name.clone()),
        errors: kind.errors,
    };
    ((!is_unknown).then_some(file), volume.long_lines, result)
}
