//! `lint401 trace`: what becomes of one request, or of each of a file of them.

mod batch;
mod request;

use super::args::{ListFormat, TraceArgs};
use super::input::way_to_files;
use super::{Failure, Status, complain, options, print, terminal};
use crate::config::{self, Project, nginx::Site};
use crate::policy::files::Files;
use crate::policy::nginx::Policy;
use crate::report::trace::{self, Mask, Trace};
use request::Parts;
use std::path::Path;

pub(super) fn run(args: &TraceArgs) -> Result<Status, Failure> {
    let dash = Path::new("-");
    if args.config_file.as_deref() == Some(dash) && args.batch.as_deref() == Some(dash) {
        return Err(Failure::new("--config-file and --batch cannot both read standard input"));
    }
    let plan = options::trace_plan(&args.reading)?;
    let parts = Parts::of_flags(&args.request)?;
    // what is wrong with the request is told before anything is read
    let request = args.url.as_deref().map(|url| parts.request(url)).transpose();
    let request = request.map_err(|wrong| Failure::new(wrong.of_flag()))?;

    let named: Vec<_> = args.config_file.iter().cloned().collect();
    let (fs, paths) = way_to_files(&named, args.reading.stdin_filename.as_deref())?;
    let project = config::load(fs.as_ref(), &paths, &plan);
    let site = site(&project)?;
    warn(site);
    let policy = Policy::new(site);
    let files = Files::new(fs.as_ref(), &project);
    let mask = Mask::new(&project);

    let (Some(url), Some(request)) = (&args.url, &request) else {
        return batch::run(
            args.batch.as_deref().unwrap_or(dash),
            &parts,
            &mut |url, request, id, out| {
                let prediction = policy.predict(files, request);
                let trace =
                    Trace { project: &project, mask: &mask, url, request, prediction: &prediction };
                trace::json_line(trace, id, out)
            },
        );
    };
    let prediction = policy.predict(files, request);
    let trace = Trace { project: &project, mask: &mask, url, request, prediction: &prediction };
    print(|out| match args.output_format {
        Some(ListFormat::Json) => trace::json(trace, out),
        None | Some(ListFormat::Full) => {
            trace::full(trace, terminal::color(args.color), terminal::width(), out)
        }
    })?;
    Ok(Status::Clean)
}

/// The one configuration that is meant.
fn site(project: &Project) -> Result<Site<'_>, Failure> {
    if let Some(trouble) = project.errors.first() {
        return Err(Failure::new(format!("{}: {}", trouble.path, trouble.message)));
    }
    let name = |file| project.sources.get(file).name.clone();
    // fragments that nothing includes lie beside many a main configuration
    let mains: Vec<_> = project.nginx.iter().filter(|site| site.complete).collect();
    let sites = if mains.is_empty() { project.nginx.iter().collect() } else { mains };
    let apache: Vec<_> = project.apache.iter().collect();
    match (&*sites, &*apache) {
        ([data], []) => Ok(Site { project, data }),
        ([], []) => {
            let why = project.not_read.first().map(|one| format!(": {} {}", one.path, one.reason));
            Err(Failure::new(format!(
                "nothing to trace{}; name a configuration with --config-file",
                why.unwrap_or_default()
            )))
        }
        ([], [_, ..]) => Err(Failure::not_built("`lint401 trace` for Apache")),
        (nginx, apache) => {
            let mut names: Vec<String> = nginx.iter().map(|site| name(site.main)).collect();
            names.extend(apache.iter().map(|site| name(site.main)));
            let more = names.len().saturating_sub(3);
            names.truncate(3);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            Err(Failure::new(format!(
                "there are several configurations, {}{more}: name one with --config-file",
                names.join(", ")
            )))
        }
    }
}

/// Says that nginx would not start on what is predicted.
fn warn(site: Site<'_>) {
    let broken = site.data.files.iter().find_map(|file| {
        let error = site.project.tree(file.file)?.errors.first()?;
        Some((site.project.sources.get(file.file), error.at.start))
    });
    if let Some((source, at)) = broken {
        let line = source.position(at).line;
        complain(&format!(
            "{}:{line}: nginx refuses this configuration, so that the prediction is of what it seems to mean; \
             `lint401 check` says what is wrong",
            source.name
        ));
    }
}
