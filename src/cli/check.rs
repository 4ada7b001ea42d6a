//! `lint401 check`: reads, runs the rules, reports.

use super::args::{self, CheckArgs, ShowSilenced};
use super::input::way_to_files;
use super::options::{self, Plan};
use super::{Failure, Status, baseline, complain, fix, print, progress, tell, terminal};
use crate::check;
use crate::config::{self, Project};
use crate::report::{self, Format, Look, Report};
use crate::source::{FileSystem, Memory, Overlay};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub(super) fn run(args: &CheckArgs) -> Result<Status, Failure> {
    let format = match &args.output_format {
        Some(name) => args::format(name)?,
        None => Format::Full,
    };
    let files =
        args.output.iter().map(|pair| format_and_file(pair)).collect::<Result<Vec<_>, _>>()?;
    let plan = options::plan(args)?;

    let (fs, paths) = way_to_files(&args.paths, args.reading.stdin_filename.as_deref())?;
    let again = |edited: &[(PathBuf, Vec<u8>)], then: &mut dyn FnMut(&dyn FileSystem, &Project)| {
        let mut memory = Memory::default();
        for (path, text) in edited {
            memory.insert(path, text.as_slice());
        }
        let mended = Overlay::new(fs.as_ref(), memory);
        then(&mended, &config::load(&mended, &paths, &plan.options));
    };
    let wanted = fix::Wanted::of(args);
    if wanted.anything() && !args.files {
        fix::run(args, &wanted, &plan.settings, fs.as_ref(), &again)?;
    }
    let project = progress::during(fs.as_ref(), |fs| config::load(fs, &paths, &plan.options));
    if args.files {
        return list_files(&project);
    }
    let links = plan.options.links(fs.as_ref());
    let mut outcome = check::run(&links, &project, &plan.settings);
    if args.write_baseline {
        baseline::write(args.baseline.as_deref(), &project, &outcome)?;
        return Ok(Status::Clean);
    }
    if let Some(file) = &args.baseline {
        baseline::apply(file, &project, &mut outcome, project.shown.is_none())?;
    }
    if wanted.only_shows() {
        return Ok(status(args, &plan, Report { project: &project, outcome: &outcome }));
    }
    check::fix::verify(&project, &mut outcome, again);

    if args.silenced.unwrap_or_else(ShowSilenced::usual) == ShowSilenced::Omit {
        outcome.silenced.clear();
        outcome.gone = outcome.gone.map(|_| Vec::new());
    }

    let report = Report { project: &project, outcome: &outcome };
    let look = Look {
        color: terminal::color(args.color),
        width: terminal::width(),
        quiet: args.quiet,
        statistics: args.statistics,
    };
    print(|out| report::write(format, report, look, out))?;
    if args.statistics && !matches!(format, Format::Full | Format::Concise) {
        // a program reads standard output: figures for people go beside it
        let mut text = Vec::new();
        report::statistics(report, &mut text)?;
        String::from_utf8_lossy(&text).lines().for_each(tell);
    }
    for (format, file) in &files {
        to_file(*format, file, report, look)?;
    }
    Ok(status(args, &plan, report))
}

/// The exit status, and on standard error what explains it.
fn status(args: &CheckArgs, plan: &Plan, report: Report<'_>) -> Status {
    let Report { project, outcome } = report;
    for trouble in &project.errors {
        complain(&format!("{}: {}", trouble.path, trouble.message));
    }
    if !project.errors.is_empty() {
        return Status::Failed;
    }
    if project.counts.total() == 0 {
        if args.allow_empty {
            return Status::Clean;
        }
        complain(&nothing_to_lint(args, project));
        return Status::Failed;
    }
    if !args.quiet {
        for path in &args.paths {
            let name = config::paths::shown(path);
            if let Some(one) = project.not_read.iter().find(|one| one.path == name) {
                complain(&format!("{name}: {}", one.reason));
            }
        }
    }
    let Some(least) = plan.fail_on else { return Status::Clean };
    if outcome.reported.at_or_above(least) > 0 {
        return Status::Findings;
    }
    if outcome.hidden.at_or_above(least) > 0 {
        complain(&format!(
            "--fail-on {} counts findings that --severity {} hides",
            least.name(),
            plan.settings.severity.name()
        ));
        return Status::Findings;
    }
    Status::Clean
}

/// `--files`.
fn list_files(project: &Project) -> Result<Status, Failure> {
    let settings = project.settings.as_ref().map(|(file, _)| *file);
    let all = project.sources.iter().filter(|(file, _)| Some(*file) != settings);
    let mut names: Vec<&str> = all.map(|(_, file)| file.name.as_str()).collect();
    names.sort_unstable();
    print(|out| names.iter().try_for_each(|name| writeln!(out, "{}", report::visible(name))))?;
    for trouble in &project.errors {
        complain(&format!("{}: {}", trouble.path, trouble.message));
    }
    Ok(if project.errors.is_empty() { Status::Clean } else { Status::Failed })
}

/// One line that names the path that was probably meant.
fn nothing_to_lint(args: &CheckArgs, project: &Project) -> String {
    let usual = [
        "/etc/nginx/nginx.conf",
        "/etc/apache2/apache2.conf",
        "/etc/httpd/conf/httpd.conf",
        "/usr/local/etc/nginx/nginx.conf",
        "/usr/local/etc/apache24/httpd.conf",
        "/usr/local/openresty/nginx/conf/nginx.conf",
    ];
    if let [one] = project.not_read.as_slice() {
        return format!("nothing to lint: {} {}", one.path, one.reason);
    }
    let named: Vec<String> = args.paths.iter().map(|path| config::paths::shown(path)).collect();
    let place = if named.is_empty() { "this folder".to_owned() } else { named.join(", ") };
    if args.force_exclude && !named.is_empty() && project.not_read.is_empty() {
        return format!("nothing to lint: {place} is excluded");
    }
    let likely = usual.iter().find(|path| Path::new(path).is_file()).unwrap_or(&usual[0]);
    format!("nothing to lint in {place}: name a configuration, such as {likely}")
}

fn format_and_file(pair: &str) -> Result<(Format, PathBuf), Failure> {
    match pair.split_once('=') {
        Some((name, file)) if !file.is_empty() => Ok((args::format(name)?, PathBuf::from(file))),
        _ => Err(Failure::new(format!("--output {pair}: write FORMAT=FILE"))),
    }
}

/// Writes a further report. Files are never coloured.
fn to_file(format: Format, file: &Path, report: Report<'_>, look: Look) -> Result<(), Failure> {
    let look = Look { color: false, ..look };
    let write = || {
        let mut out = io::BufWriter::new(std::fs::File::create(file)?);
        report::write(format, report, look, &mut out)?;
        out.flush()
    };
    write().map_err(|error| Failure::new(format!("{}: {error}", file.display())))
}
