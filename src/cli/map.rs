//! `lint401 map`: what every place gives to every kind of client.

use super::args::{MapArgs, MapFormat};
use super::input::way_to_files;
use super::{Failure, Status, complain, mains, options, print, terminal};
use crate::config::{self, glob};
use crate::map::{Access, Entry, Map, Spot, Users};
use crate::policy::either::Policy;
use crate::policy::files::Files;
use crate::report::map::{self, Atlas};
use crate::report::trace::Mask;
use crate::source::Remembered;

pub(super) fn run(args: &MapArgs) -> Result<Status, Failure> {
    let plan = options::trace_plan(&args.reading)?;
    let named: Vec<_> = args.path.iter().cloned().collect();
    let (fs, paths) = way_to_files(&named, args.reading.stdin_filename.as_deref())?;
    let project = config::load(fs.as_ref(), &paths, &plan);
    let files = mains::of(&project, "map", "a path")?;
    for &main in &files {
        mains::warn(&project, main);
    }
    let root = mains::root(args.path.as_deref());
    let links = plan.links(fs.as_ref());
    let remembered = Remembered::new(&links);
    let wanted = Wanted::of(args);
    let policies: Vec<Policy<'_>> =
        files.into_iter().filter_map(|main| Policy::of(&project, main, root)).collect();
    let files = Files::new(&remembered, &project);
    let maps: Vec<Map> = policies
        .iter()
        .map(|policy| {
            let mut map = Map::of(policy, files, |spot| wanted.place(spot));
            map.entries.retain(|entry| wanted.answer(entry));
            map
        })
        .collect();
    let mask = Mask::new(&project);
    let atlas = Atlas { project: &project, mask: &mask, maps: &maps };
    if args.users {
        let pairs = policies.iter().zip(&maps);
        let users: Vec<Users> = pairs.map(|(policy, map)| Users::of(policy, files, map)).collect();
        print(|out| match args.output_format {
            MapFormat::Json => map::users_json(atlas, &users, out),
            _ => map::users(atlas, &users, terminal::color(args.color), out),
        })?;
        return Ok(Status::Clean);
    }
    print(|out| match args.output_format {
        MapFormat::Json => map::json(atlas, out),
        MapFormat::Markdown => map::markdown(atlas, out),
        MapFormat::Html => {
            map::html(atlas, &|number, request| policies[number].story(files, request), out)
        }
        MapFormat::Full => map::full(atlas, terminal::color(args.color), terminal::width(), out),
    })?;
    if maps.iter().all(|map| map.entries.is_empty()) {
        complain("no place is like that");
    }
    Ok(Status::Clean)
}

/// Which entries are wanted.
struct Wanted<'a> {
    args: &'a MapArgs,
}

impl<'a> Wanted<'a> {
    fn of(args: &'a MapArgs) -> Self {
        Self { args }
    }

    /// By their places.
    fn place(&self, spot: &Spot) -> bool {
        let name = self.args.server_name.as_deref().map(str::to_ascii_lowercase);
        let is_named = name.is_none_or(|pattern| {
            let mut names = std::iter::once(&spot.server).chain(&spot.aliases);
            names
                .any(|name| glob::matches(pattern.as_bytes(), name.to_ascii_lowercase().as_bytes()))
        });
        let is_below =
            self.args.path_below.as_deref().is_none_or(|below| {
                spot.path().is_some_and(|path| path.starts_with(below.as_bytes()))
            });
        is_named && is_below
    }

    /// By what a stranger gets.
    fn answer(&self, entry: &Entry) -> bool {
        let gets = entry.anonymous.as_ref().filter(|_| entry.reached);
        let has = |status: u16| gets.is_some_and(|gets| gets.statuses().contains(&status));
        let is_open = entry.access() == Some(Access::Open);
        (self.args.status.is_empty() || self.args.status.iter().any(|&status| has(status)))
            && (!self.args.open || is_open)
    }
}
