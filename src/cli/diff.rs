//! `lint401 diff`: what a change of a configuration does to who gets in.

use super::args::{DiffArgs, DiffFormat};
use super::{Failure, Status, git, mains, options, print, terminal};
use crate::change::{self, Change, Kind, Side};
use crate::config::{self, Options, Project};
use crate::policy::either::Policy;
use crate::policy::files::Files;
use crate::policy::mask::Mask;
use crate::report::change::{self as report, Half, Report};
use crate::source::{Disk, FileId, FileSystem, Remembered};
use std::path::{Path, PathBuf};

pub(super) fn run(args: &DiffArgs) -> Result<Status, Failure> {
    let plan = options::trace_plan(&args.reading)?;
    let fail_on = kinds(&args.fail_on)?;
    let (old, new) = sides(args)?;
    let (old, new) = (old.load(&plan)?, new.load(&plan)?);
    if old.mains.is_empty() && new.mains.is_empty() {
        return Err(Failure::new("nothing to compare: there is no configuration on either side"));
    }
    let links = (plan.links(&*old.fs), plan.links(&*new.fs));
    let ways = (Remembered::new(&links.0), Remembered::new(&links.1));
    let mut changes: Vec<Change> = Vec::new();
    for (before, after) in pairs(&old, &new) {
        let (before, after) = (old.policy(before), new.policy(after));
        let before = Side { policy: before.as_ref(), files: Files::new(&ways.0, &old.project) };
        let after = Side { policy: after.as_ref(), files: Files::new(&ways.1, &new.project) };
        changes.extend(change::changes(before, after));
    }
    let masks = (Mask::new(&old.project), Mask::new(&new.project));
    let report = Report {
        old: Half { project: &old.project, mask: &masks.0 },
        new: Half { project: &new.project, mask: &masks.1 },
        changes: &changes,
    };
    print(|out| match args.output_format {
        DiffFormat::Full => {
            report::full(report, terminal::color(args.color), terminal::width(), out)
        }
        DiffFormat::Json => report::json(report, out),
        DiffFormat::Markdown => report::markdown(report, out),
        DiffFormat::Github => report::github(report, out),
    })?;
    let fails = changes.iter().any(|change| fail_on.contains(&change.kind));
    Ok(if fails { Status::Findings } else { Status::Clean })
}

/// The kinds of changes that make the exit status 1.
fn kinds(names: &[String]) -> Result<Vec<Kind>, Failure> {
    if names.is_empty() {
        return Ok(Kind::ALL.to_vec());
    }
    let mut kinds = Vec::new();
    for name in names.iter().map(|name| name.trim()).filter(|name| *name != "never") {
        let known = Kind::ALL.into_iter().find(|kind| kind.name() == name);
        kinds.push(known.ok_or_else(|| {
            let all = Kind::ALL.map(Kind::name).join(", ");
            Failure::new(format!("--fail-on: no change is named `{name}`; there are {all}, never"))
        })?);
    }
    Ok(kinds)
}

/// Where one side comes from.
enum Source {
    /// A file or a folder.
    Path(PathBuf),
    /// A revision.
    Revision(String),
    /// What the work tree has.
    WorkTree,
}

/// One side, read.
struct Loaded {
    fs: Box<dyn FileSystem>,
    project: Project,
    mains: Vec<FileId>,
    root: Option<PathBuf>,
    /// What paths on this side begin with.
    top: PathBuf,
}

impl Loaded {
    fn policy(&self, main: Option<FileId>) -> Option<Policy<'_>> {
        Policy::of(&self.project, main?, self.root.as_deref())
    }
}

/// The two sides that are meant: two paths, two revisions (`main..HEAD` as well), or a revision and the work tree.
fn sides(args: &DiffArgs) -> Result<(Source, Source), Failure> {
    let range = args.old.to_str().and_then(|text| text.split_once(".."));
    if args.new.is_none()
        && let Some((old, new)) = range
        && !args.old.exists()
    {
        let head = |name: &str| if name.is_empty() { "HEAD" } else { name }.to_owned();
        let new = new.trim_start_matches('.');
        return Ok((of_revision(&head(old))?, of_revision(&head(new))?));
    }
    let old = source(&args.old)?;
    match (&args.new, old) {
        (Some(new), old) => Ok((old, source(new)?)),
        (None, Source::Revision(name)) => Ok((Source::Revision(name), Source::WorkTree)),
        (None, _) => Err(Failure::new(format!(
            "{}: what is it compared with? Name a second path, or a revision",
            args.old.display()
        ))),
    }
}

/// A path, or what is none and is a revision.
fn source(name: &Path) -> Result<Source, Failure> {
    if name.exists() {
        return Ok(Source::Path(name.to_owned()));
    }
    match name.to_str() {
        Some(text) => of_revision(text),
        None => Err(nothing(name)),
    }
}

fn of_revision(name: &str) -> Result<Source, Failure> {
    if git::is_revision(name) {
        Ok(Source::Revision(name.to_owned()))
    } else {
        Err(nothing(Path::new(name)))
    }
}

fn nothing(name: &Path) -> Failure {
    Failure::new(format!("{}: is neither a path nor a revision", name.display()))
}

impl Source {
    fn load(self, plan: &Options) -> Result<Loaded, Failure> {
        let here = PathBuf::from(".");
        let (fs, top): (Box<dyn FileSystem>, PathBuf) = match self {
            Self::Path(path) => (Box::new(Disk), path),
            Self::Revision(name) => (Box::new(git::revision(&name)?), here),
            Self::WorkTree => (Box::new(git::work_tree()?), here),
        };
        let project = config::load(fs.as_ref(), std::slice::from_ref(&top), plan);
        let is_folder =
            fs.meta(&top).is_ok_and(|meta| meta.kind == crate::source::FileKind::Directory);
        let mains = match mains::of(&project, "compare", "a path") {
            Ok(mains) => mains,
            // a configuration comes into a folder, or leaves it
            Err(_) if is_folder && project.errors.is_empty() => Vec::new(),
            Err(failure) => {
                return Err(Failure::new(format!("{}: {}", top.display(), failure.line)));
            }
        };
        let root = is_folder.then(|| top.clone());
        Ok(Loaded { fs, project, mains, root, top })
    }
}

/// The configurations of both sides that are one: by their paths below what was named, or the only ones. Those of one side
/// alone come and go as a whole.
fn pairs(old: &Loaded, new: &Loaded) -> Vec<(Option<FileId>, Option<FileId>)> {
    if let ([before], [after]) = (&*old.mains, &*new.mains) {
        return vec![(Some(*before), Some(*after))];
    }
    let name = |side: &Loaded, file: FileId| {
        let path = config::paths::tidy(&side.project.sources.get(file).path);
        path.strip_prefix(config::paths::tidy(&side.top)).map(Path::to_owned).unwrap_or(path)
    };
    let mut left = new.mains.clone();
    let mut pairs = Vec::new();
    for &before in &old.mains {
        let same = left.iter().position(|after| name(new, *after) == name(old, before));
        pairs.push((Some(before), same.map(|at| left.remove(at))));
    }
    pairs.extend(left.into_iter().map(|after| (None, Some(after))));
    pairs
}
