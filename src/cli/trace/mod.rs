//! `lint401 trace`: what becomes of one request, or of each of a file of them.

mod batch;
mod request;

use super::args::{ListFormat, TraceArgs};
use super::input::way_to_files;
use super::{Failure, Status, complain, options, print, terminal};
use crate::config::apache::Form;
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
    warn(&project, main);
    let policy = Policy::of(&project, main, site_root(args.config_file.as_deref()))
        .ok_or_else(|| Failure::new("nothing to trace"))?;
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

/// Of lone .htaccess files, the folder that is named stands for the site.
pub(super) fn site_root(named: Option<&Path>) -> Option<&Path> {
    match named {
        Some(named) => named.is_dir().then_some(named),
        None => Some(Path::new(".")),
    }
}

/// The file that the one configuration begins with that is meant.
pub(super) fn main_file(project: &Project) -> Result<FileId, Failure> {
    if let Some(trouble) = project.errors.first() {
        return Err(Failure::new(format!("{}: {}", trouble.path, trouble.message)));
    }
    let apache = |form| project.apache.iter().filter(move |site| site.form == form);
    let nginx = |complete| project.nginx.iter().filter(move |site| site.complete == complete);
    let mut mains: Vec<FileId> = nginx(true).map(|site| site.main).collect();
    mains.extend(apache(Form::Main).map(|site| site.main));
    // fragments that nothing includes lie beside many a main configuration, and so do the .htaccess files of a website
    if mains.is_empty() {
        mains.extend(nginx(false).map(|site| site.main));
        mains.extend(apache(Form::Fragment).map(|site| site.main));
    }
    if mains.is_empty() {
        // the .htaccess files of a folder are one configuration
        mains.extend(apache(Form::Htaccess).map(|site| site.main).next());
    }
    let name = |file: &FileId| project.sources.get(*file).name.clone();
    match &*mains {
        [main] => Ok(*main),
        [] => {
            let why = project.not_read.first().map(|one| format!(": {} {}", one.path, one.reason));
            Err(Failure::new(format!(
                "nothing to trace{}; name a configuration with --config-file",
                why.unwrap_or_default()
            )))
        }
        several => {
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

/// Says that the server would not start on what is predicted.
pub(super) fn warn(project: &Project, main: FileId) {
    let is_main = |file| file == main;
    let nginx = project.nginx.iter().find(|site| is_main(site.main));
    let apache = project.apache.iter().find(|site| is_main(site.main));
    let (server, files): (_, Vec<FileId>) = match (nginx, apache) {
        (Some(site), _) => ("nginx", site.files.iter().map(|file| file.file).collect()),
        (None, Some(site)) => {
            // what is wrong in a .htaccess file is told by the answer
            let htaccess: Vec<FileId> = site.htaccess_files().collect();
            ("httpd", site.files().filter(|file| !htaccess.contains(file)).collect())
        }
        (None, None) => return,
    };
    let broken = files.into_iter().find_map(|file| {
        let error = project.tree(file)?.errors.first()?;
        Some((project.sources.get(file), error.at.start))
    });
    if let Some((source, at)) = broken {
        let line = source.position(at).line;
        complain(&format!(
            "{}:{line}: {server} refuses this configuration, so that the prediction is of what it seems to mean; \
             `lint401 check` says what is wrong",
            source.name
        ));
    }
}
