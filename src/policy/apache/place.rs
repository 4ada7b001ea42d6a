//! What holds in a section, whichever request comes: the questions that rules ask.

use super::merged::{Authorization, Merged, Required};
use super::policy::{Kind, Own, Policy, Section, SectionId, ServerId};
use super::requirement::{Leaf, Requirement, leaves};
use super::run::{Run, Verdict};
use crate::config::apache::{Condition, Directive, Form};
use crate::grammar::apache::{Id, id};
use crate::policy::answer::{Answer, Handler, Outcome, Prediction};
use crate::policy::files::Files;
use crate::policy::request::Request;
use crate::policy::world::{World, explore};
use crate::source::Location;

const AUTH_TYPE: Id = id("AuthType");
const AUTH_NAME: Id = id("AuthName");

/// A section of a configuration, with what applies to it.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a, 'p> {
    /// The configuration.
    pub policy: &'a Policy<'p>,
    /// The section.
    pub id: SectionId,
}

/// What a directive sets in a place.
#[derive(Clone, Copy, Debug)]
pub enum Effective<'p> {
    /// This directive decides.
    Set(Own<'p>),
    /// No section sets it, and all of them are known.
    Unset,
    /// It depends on what is not known: on the condition around this directive, on an include, on what is around the file.
    Unknown(Option<Directive<'p>>),
}

impl<'p> Effective<'p> {
    /// The directive that decides, where one is known to.
    #[must_use]
    pub fn set(self) -> Option<Directive<'p>> {
        match self {
            Self::Set(own) => Some(own.directive),
            Self::Unset | Self::Unknown(_) => None,
        }
    }

    /// Whether certainly nothing sets it.
    #[must_use]
    pub fn is_unset(self) -> bool {
        matches!(self, Self::Unset)
    }
}

impl<'p> Policy<'p> {
    /// Every section, what stands outside of sections among them.
    pub fn places(&self) -> impl Iterator<Item = Place<'_, 'p>> {
        (0..self.sections.len() as u32).map(|index| Place { policy: self, id: SectionId(index) })
    }

    /// One section.
    #[must_use]
    pub fn at(&self, id: SectionId) -> Place<'_, 'p> {
        Place { policy: self, id }
    }

    /// The place that `directive` counts in.
    #[must_use]
    pub fn place_of(&self, directive: Directive<'p>) -> Option<Place<'_, 'p>> {
        let key = |directive: Directive<'p>| (directive.inclusion, directive.id);
        let section = directive.sections().find(|section| {
            let skipped = ["Limit", "LimitExcept", "RequireAll", "RequireAny", "RequireNone"];
            !skipped.iter().any(|name| section.is_section(name))
        });
        self.places().find(|place| match (section, place.section().directive) {
            (Some(section), Some(own)) => key(section) == key(own),
            (None, None) => {
                directive.htaccess().map(|it| it.file) == self.htaccess_file_of(place.id)
            }
            _ => false,
        })
    }

    /// Whether something is around everything that is read here, or beside it, that is not known: a fragment, a lone
    /// .htaccess, an include that is not here.
    #[must_use]
    pub fn is_open(&self) -> bool {
        *self
            .is_open
            .get_or_init(|| self.site.data.form != Form::Main || self.site.includes_unknown())
    }
}

impl<'a, 'p> Place<'a, 'p> {
    /// The section.
    #[must_use]
    pub fn section(self) -> &'a Section<'p> {
        self.policy.get(self.id)
    }

    /// What it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.section().kind
    }

    /// The section as people name it.
    #[must_use]
    pub fn title(self) -> String {
        self.policy.title(self.id)
    }

    /// Where it begins; `None` for an empty file.
    #[must_use]
    pub fn location(self) -> Option<Location> {
        self.policy.place(self.id)
    }

    /// Its server.
    #[must_use]
    pub fn server(self) -> ServerId {
        self.section().server
    }

    /// The section around it.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        Some(Self { id: self.section().parent?, ..self })
    }

    /// Its own last directive `id` that is certainly read.
    #[must_use]
    pub fn own(self, id: Id) -> Option<Own<'p>> {
        self.all_read(id).next_back()
    }

    fn all_read(self, id: Id) -> impl DoubleEndedIterator<Item = Own<'p>> + 'a {
        let is_read = |own: &&'a Own<'p>| own.directive.condition() == Condition::Yes;
        self.own_of(&[id]).iter().filter(move |own| own.id == id).filter(is_read).copied()
    }

    /// Its own directives `ids` that are certainly read.
    pub fn all(self, ids: &'a [Id]) -> impl Iterator<Item = Own<'p>> + 'a {
        let own = self.own_of(ids).iter().filter(|own| ids.contains(&own.id)).copied();
        own.filter(|own| own.directive.condition() == Condition::Yes)
    }

    /// Its own directives, where one of `ids` can be among them.
    fn own_of(self, ids: &[Id]) -> &'a [Own<'p>] {
        if self.policy.inventory.has(ids) { &self.section().own } else { &[] }
    }

    /// The sections that apply to what is directly in it; `None` where that is not certain.
    #[must_use]
    pub fn merged(self) -> Option<&'a Merged> {
        let cell = &self.policy.merged[self.id.index()];
        cell.get_or_init(|| {
            let request = self.any_request();
            let explored = explore(|world| {
                let mut merged = None;
                self.run(world, &request, |run| merged = run.applying());
                merged
            });
            let mut all = explored.worlds.into_iter().map(|(_, merged)| merged);
            let first = all.next()??;
            (explored.complete && all.all(|other| other.as_ref() == Some(&first))).then_some(first)
        })
        .as_ref()
    }

    /// What the directives `ids` set here: the last of them, section by section.
    #[must_use]
    pub fn effective(self, ids: &[Id]) -> Effective<'p> {
        // most questions end here, without a walk: nobody uses it, or what stands in the section has the last word
        if self.policy.inventory.lacks(ids) {
            return if self.policy.is_open() { Effective::Unknown(None) } else { Effective::Unset };
        }
        if let Some(own) = self.section().all(ids).next_back()
            && own.directive.condition() == Condition::Yes
        {
            return Effective::Set(own);
        }
        let Some(merged) = self.merged() else { return Effective::Unknown(None) };
        for section in merged.sections().rev() {
            let section = self.policy.get(section);
            if let Some(own) = section.all(ids).next_back() {
                return match own.directive.condition() {
                    Condition::Yes => Effective::Set(own),
                    _ => Effective::Unknown(Some(own.directive)),
                };
            }
            if let Some(open) = section.open {
                return Effective::Unknown(Some(open));
            }
        }
        if self.policy.is_open() { Effective::Unknown(None) } else { Effective::Unset }
    }

    /// AuthType; `None` counts as unset.
    #[must_use]
    pub fn auth_type(self) -> Effective<'p> {
        match self.effective(&[AUTH_TYPE]) {
            Effective::Set(own) if own.directive.says(b"none") => Effective::Unset,
            other => other,
        }
    }

    /// Whether AuthType is certainly `name`.
    #[must_use]
    pub fn is_auth_type(self, name: &[u8]) -> bool {
        self.auth_type().set().is_some_and(|directive| directive.says(name))
    }

    /// AuthName.
    #[must_use]
    pub fn auth_name(self) -> Effective<'p> {
        self.effective(&[AUTH_NAME])
    }

    /// The section that alone decides what is required here; `None` where nothing is, where several are taken together, or
    /// where that is not certain.
    #[must_use]
    pub fn decisive(self) -> Option<Self> {
        match self.authorization()?.required? {
            Required::Section(id) => Some(Self { id, ..self }),
            Required::Both(..) => None,
        }
    }

    /// What stands in the password or group file that the directive `id` names here, with that directive; `None` where it
    /// is not known, or not here.
    #[must_use]
    pub fn text_of(self, id: Id) -> Option<(Directive<'p>, &'p [u8])> {
        let directive = self.effective(&[id]).set()?;
        let file = self.policy.reference(directive)?.file?;
        let source = directive.site.project.sources.get(file);
        source.template().is_none().then(|| (directive, source.bytes()))
    }

    /// What is required here in the end; `None` where that is not certain.
    #[must_use]
    pub fn authorization(self) -> Option<Authorization> {
        let merged = self.merged()?;
        let explored = explore(|world| self.policy.authorization(merged, world));
        let mut all = explored.worlds.into_iter().map(|(_, one)| one);
        let first = all.next()?;
        (explored.complete && all.all(|other| other == first)).then_some(first)
    }

    /// The Require lines that are in effect here.
    #[must_use]
    pub fn requirements(self) -> Vec<&'a Leaf<'p>> {
        let own = &self.section().requires;
        let is_read = |one: &Requirement<'p>| one.directive().condition() == Condition::Yes;
        if !own.is_empty()
            && own.iter().all(is_read)
            && self.section().all(&[super::merged::AUTH_MERGING]).next().is_none()
        {
            // they take the place of what is required outside
            return self.own_requirements().collect();
        }
        let authorization = self.authorization();
        let sections = authorization.and_then(|it| it.required).map(|required| required.sections());
        let policy = self.policy;
        let sections = sections.unwrap_or_default().into_iter();
        sections
            .flat_map(|section| policy.get(section).requires.iter().flat_map(Requirement::leaves))
            .collect()
    }

    /// Its own Require lines.
    pub fn own_requirements(self) -> impl Iterator<Item = &'a Leaf<'p>> {
        leaves(&self.section().requires)
    }

    /// Its own first Require that only a user who is logged in can meet.
    #[must_use]
    pub fn own_login(self) -> Option<&'a Leaf<'p>> {
        leaves(&self.section().requires).find(|leaf| leaf.needs_user())
    }

    /// What decides on access to what is directly in it, for `request`: as [`Policy::predict`], but only the access
    /// decision: `Passed` where it lets the request in.
    #[must_use]
    pub fn decide(self, request: &Request) -> Prediction {
        Prediction::new(explore(|world| {
            self.run(world, request, |run| {
                let merged = run.applying();
                let outcome = match merged {
                    None => Outcome::Anything,
                    Some(_) => match run.access() {
                        _ if run.is_open => Outcome::Anything,
                        Verdict::Ok => Outcome::Passed(Handler::File),
                        Verdict::Status(status) => Outcome::Answered(status),
                    },
                };
                let steps = std::mem::take(&mut run.steps);
                let decided = steps.len().checked_sub(1);
                let challenge = run.challenge.take();
                Answer { outcome, challenge, forwarded: run.forwarded, steps, decided }
            })
        }))
    }

    /// What an outsider without a login gets here: only the access decision.
    #[must_use]
    pub fn for_strangers(self) -> Prediction {
        self.decide(&self.any_request())
    }

    /// Whether a stranger is certainly let in.
    #[must_use]
    pub fn lets_strangers_in(self) -> bool {
        matches!(self.for_strangers().outcome, Some(Outcome::Passed(_)))
    }

    /// Whether a stranger certainly gets 401.
    #[must_use]
    pub fn asks_for_login(self) -> bool {
        self.for_strangers().is_status(401)
    }

    /// The requirement tree's sections, the outer ones first.
    #[must_use]
    pub fn required(self) -> Option<Required> {
        self.authorization()?.required
    }

    fn any_request(self) -> Request {
        self.request().unwrap_or_else(|| Request::get(b"localhost", 80, b"/"))
    }

    /// Runs something at this place: the server is chosen, and the request stands before the sections.
    fn run<T>(
        self,
        world: &mut World,
        request: &Request,
        then: impl FnOnce(&mut Run<'_, 'p>) -> T,
    ) -> T {
        let files = Files::none(self.policy.site.project);
        let mut run = Run::new(self.policy, files, request, world, 0);
        run.place_at(self);
        then(&mut run)
    }
}

impl<'p> Run<'_, 'p> {
    /// Stands at `place`: its server, and the folders or the path that it is about.
    fn place_at(&mut self, place: Place<'_, 'p>) {
        self.server = place.server();
        self.hop.method.clone_from(&self.request.method);
        self.hop.number = self.policy.methods.number(&self.request.method);
        self.standing = Some(place.id);
    }

    /// The sections that apply at the place where the run stands; `None` where that cannot be said.
    fn applying(&mut self) -> Option<Merged> {
        let place = self.policy.at(self.standing?);
        let path = self.request.target.clone();
        let (path, _) = super::run::split(&path);
        self.hop.uri = super::uri::decode(path).ok()?;
        let server = self.server_walk();
        self.hop.merged = server.clone();
        self.set_env_if(true);
        if self.is_open {
            return None;
        }
        let mut merged = server;
        if let Some(folder) = place.folder() {
            self.hop.folder = super::index::folder(&folder);
            self.hop.filename = folder;
            if let Some(name) = place.file_name() {
                self.hop.filename.extend_from_slice(&name);
            }
            if self.directory_walk(&mut merged) != Verdict::Ok {
                return None;
            }
        } else {
            let early = merged.clone();
            self.hop.merged.clone_from(&early);
            if self.translate().is_some() || self.is_open {
                return None;
            }
            let filename = self.hop.filename.clone();
            if let Some(url) = filename.strip_prefix(b"proxy:") {
                self.proxy_walk(&mut merged, url);
            } else if self.directory_walk(&mut merged) != Verdict::Ok {
                return None;
            }
        }
        self.location_walk(&mut merged, true);
        self.hop.merged = merged;
        self.set_env_if(false);
        let mut merged = self.hop.merged.clone();
        // the section itself, where its head cannot be made to match by a name or a path
        if !merged.sections().any(|section| section == place.id) {
            merged.add(vec![place.id]);
        }
        self.hop.merged = merged.clone();
        (!self.is_open).then_some(merged)
    }
}
