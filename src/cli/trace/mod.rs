//! `lint401 trace`: what becomes of one request, or of each of a file of them.

mod batch;
mod request;

use super::args::{ListFormat, TraceArgs};
use super::input::way_to_files;
use super::{Failure, Status, mains, options, print, terminal};
use crate::config::{self, Project};
use crate::policy::either::Policy;
use crate::policy::files::Files;
use crate::report::trace::{self, Mask, Trace};
use crate::source::{FileId, Remembered};
pub(super) use request::Parts;
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
    let main = main_file(&project)?;
    mains::warn(&project, main);
    let root = mains::root(args.config_file.as_deref());
    let policy =
        Policy::of(&project, main, root).ok_or_else(|| Failure::new("nothing to trace"))?;
    let links = plan.links(fs.as_ref());
    let remembered = Remembered::new(&links);
    let files = Files::new(&remembered, &project);
    let mask = Mask::new(&project);

    let (Some(url), Some(request)) = (&args.url, &request) else {
        return batch::run(
            args.batch.as_deref().unwrap_or(dash),
            &parts,
            &mut |url, request, id, out| {
                let prediction = policy.story(files, request);
                let trace =
                    Trace { project: &project, mask: &mask, url, request, prediction: &prediction };
                trace::json_line(trace, id, out)
            },
        );
    };
    let prediction = policy.story(files, request);
    let trace = Trace { project: &project, mask: &mask, url, request, prediction: &prediction };
    print(|out| match args.output_format {
        Some(ListFormat::Json) => trace::json(trace, out),
        None | Some(ListFormat::Full) => {
            trace::full(trace, terminal::color(args.color), terminal::width(), out)
        }
    })?;
    Ok(Status::Clean)
}

/// The file that the one configuration begins with that is meant.
pub(super) fn main_file(project: &Project) -> Result<FileId, Failure> {
    let mains = mains::of(project, "trace", "--config-file")?;
    match &*mains {
        [main] => Ok(*main),
        several => {
            let name = |file: &FileId| project.sources.get(*file).name.clone();
            let names: Vec<String> = several.iter().take(3).map(name).collect();
            let more = several.len() - names.len();
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            Err(Failure::new(format!(
                "there are several configurations, {}{more}: name one with --config-file",
                names.join(", ")
            )))
        }
    }
}
