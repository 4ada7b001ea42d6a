//! The effective auth of a place, in a few words, and which directive each part comes from.

use super::analysis::Analysis;
use crate::config::{apache, nginx};
use crate::grammar::nginx::id;
use crate::policy::answer::Outcome;
use crate::policy::apache::{Kind as Section, Place as ApachePlace, Policy as ApachePolicy};
use crate::policy::nginx::{Basic, Kind, Place, Policy};
use crate::report::trace::words;
use crate::source::{FileId, Location};
use crate::syntax::NodeId;
use std::collections::BTreeSet;

/// Readings of a block that are looked at, at most.
const READINGS: usize = 50;

/// What is asked of clients in a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Auth {
    /// `Basic "Staff"`, `no login`.
    pub(super) summary: String,
    /// What each directive has to do with it, and where it stands.
    pub(super) parts: Vec<(String, Location)>,
}

/// The effective auth of each block of a file, or what is directly at its top (`None`), in every reading of it.
pub(super) struct Auths<'a> {
    analysis: &'a Analysis,
    nginx: Vec<Policy<'a>>,
    apache: Vec<ApachePolicy<'a>>,
}

impl<'a> Auths<'a> {
    /// Those of the configurations that read `file`.
    pub(super) fn of_file(analysis: &'a Analysis, file: FileId) -> Self {
        let project = &analysis.project;
        let nginx =
            project.nginx.iter().filter(|site| site.files.iter().any(|known| known.file == file));
        let apache = project.apache.iter().filter(|site| site.files().any(|known| known == file));
        Self {
            analysis,
            nginx: nginx.map(|data| Policy::new(nginx::Site { project, data })).collect(),
            apache: apache.map(|data| ApachePolicy::new(apache::Site { project, data })).collect(),
        }
    }

    /// The blocks of `file` that answer requests under a name of their own: locations, and httpd's sections.
    pub(super) fn blocks(&self, file: FileId) -> BTreeSet<NodeId> {
        let mut all = BTreeSet::new();
        for policy in &self.nginx {
            let places = policy.places().filter(|place| place.kind() == Kind::Location);
            let directives = places.filter_map(Place::directive);
            all.extend(directives.filter(|one| one.location().file == file).map(|one| one.id));
        }
        for policy in &self.apache {
            let named = |kind| {
                matches!(
                    kind,
                    Section::Directory
                        | Section::DirectoryMatch
                        | Section::Location
                        | Section::Files
                )
            };
            let places = policy.places().filter(|place| named(place.kind()));
            let directives = places.filter_map(|place| place.section().directive);
            all.extend(directives.filter(|one| one.location().file == file).map(|one| one.id));
        }
        all
    }

    /// What is asked in the innermost of `blocks`, innermost first, that is a place: in every reading, each different
    /// answer once. None where no block is one.
    pub(super) fn at(&self, file: FileId, blocks: &[NodeId]) -> Vec<Auth> {
        let mut all = BTreeSet::new();
        for policy in &self.nginx {
            let is_it = |place: &Place<'_, '_>, id: NodeId| {
                place.directive().is_some_and(|one| one.id == id && one.location().file == file)
            };
            let found = blocks.iter().find_map(|&id| {
                let places: Vec<_> =
                    policy.places().filter(|place| is_it(place, id)).take(READINGS).collect();
                (!places.is_empty()).then_some(places)
            });
            all.extend(found.into_iter().flatten().map(of_nginx));
        }
        for policy in &self.apache {
            let is_it = |place: &ApachePlace<'_, '_>, id: NodeId| {
                let opens = place.section().directive;
                opens.is_some_and(|one| one.id == id && one.location().file == file)
            };
            let found = blocks.iter().find_map(|&id| {
                let places: Vec<_> =
                    policy.places().filter(|place| is_it(place, id)).take(READINGS).collect();
                (!places.is_empty()).then_some(places)
            });
            let htaccess = || {
                let site = policy.site;
                let places = policy.places().filter(|place| place.kind() == Section::Htaccess);
                let here = places.filter(|place| {
                    let number = place.section().htaccess;
                    let inclusion = number.map(|one| site.data.htaccess[one as usize].inclusion);
                    inclusion.is_some_and(|one| {
                        let file_number = site.data.inclusions[one.index()].file;
                        site.data.files[file_number as usize].file == file
                    })
                });
                Some(here.take(READINGS).collect::<Vec<_>>()).filter(|found| !found.is_empty())
            };
            let found = found.or_else(htaccess);
            let places = found.into_iter().flatten();
            all.extend(places.map(|place| self.of_apache(place)));
        }
        all.into_iter().collect()
    }

    fn of_apache(&self, place: ApachePlace<'_, '_>) -> Auth {
        let project = &self.analysis.project;
        let mut auth = Auth::default();
        let requirements = place.requirements();
        let needs_user = requirements.iter().any(|leaf| leaf.needs_user());
        let mut asked = Vec::new();
        if needs_user && let Some(kind) = place.auth_type().set() {
            let mut text = kind.arg(0).map_or_else(|| "a login".to_owned(), apache::Value::lossy);
            auth.parts.push((words(project, kind.location()), kind.location()));
            if let Some(name) = place.auth_name().set() {
                text +=
                    &name.arg(0).map_or(String::new(), |value| format!(" \"{}\"", value.lossy()));
                auth.parts.push((words(project, name.location()), name.location()));
            }
            asked.push(text);
        }
        for leaf in &requirements {
            let at = leaf.directive.location();
            auth.parts.push((words(project, at), at));
        }
        let required: Vec<String> = requirements
            .iter()
            .take(2)
            .map(|leaf| words(project, leaf.directive.location()))
            .collect();
        asked.extend(required);
        auth.summary = match place.for_strangers().outcome {
            Some(Outcome::Passed(_)) => "no login".to_owned(),
            Some(Outcome::Answered(401)) => asked.join(", "),
            Some(Outcome::Answered(status)) => {
                asked.insert(0, format!("answers {status}"));
                asked.join(", ")
            }
            Some(Outcome::Anything) | None if asked.is_empty() => "not known".to_owned(),
            Some(Outcome::Anything) | None => format!("depends: {}", asked.join(", ")),
        };
        if auth.summary.is_empty() {
            "a login".clone_into(&mut auth.summary);
        }
        auth
    }
}

fn of_nginx(place: Place<'_, '_>) -> Auth {
    let project = place.policy.site.project;
    let text = |directive: nginx::Directive<'_>| words(project, directive.words_location());
    let mut auth = Auth::default();
    let mut asked = Vec::new();
    let mut unknown = false;
    let mut part = |directive: nginx::Directive<'_>| {
        auth.parts.push((text(directive), directive.words_location()));
    };
    match place.basic() {
        Basic::On(realm, file) => {
            let name = realm.arg(0).map_or_else(String::new, nginx::Value::lossy);
            asked.push(format!("Basic \"{}\"", crate::report::visible(&name)));
            part(realm);
            part(file);
        }
        Basic::Off(off) => part(off),
        Basic::NoFile(realm) => part(realm),
        Basic::Unset => {}
        Basic::Unknown => unknown = true,
    }
    for directive in
        [place.auth_request(), place.other_login(), place.access_code()].into_iter().flatten()
    {
        asked.push(if directive.is("auth_request") {
            text(directive)
        } else {
            directive.name().into_owned()
        });
        part(directive);
    }
    let addresses = place.list(&[id!("allow"), id!("deny")]);
    if let Some(first) = addresses.directives.first() {
        asked.push("an address list".to_owned());
        part(*first);
    }
    let satisfy = place.satisfy_any();
    if asked.len() > 1
        && let Some(satisfy) = satisfy
    {
        part(satisfy);
    }
    let joint = if satisfy.is_some() { " or " } else { " and " };
    auth.summary = match (asked.is_empty(), unknown || place.is_open() && asked.is_empty()) {
        (true, true) => "not known".to_owned(),
        (true, false) => "no login".to_owned(),
        (false, false) => asked.join(joint),
        (false, true) => format!("{}, and what is not known", asked.join(joint)),
    };
    auth
}
