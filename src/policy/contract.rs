//! Contracts: what somebody expects the server to answer to a request, and whether it does.
//!
//! A contract is about what the server itself does. Whether an application behind it answers 401 is nothing that a
//! configuration says: such a request passes.

use super::answer::{Handler, Outcome, Prediction};
use super::either::Policy;
use super::files::Files;
use super::mask::{Mask, Masked};
use super::reach::Reach;
use super::request::Request;
use super::{apache, nginx};
use crate::config::Project;
use crate::config::apache::Form;
use crate::source::{FileId, Location, Span};

/// What somebody expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Where the settings file says so: the request.
    pub at: Span,
    /// The URL as it is written there.
    pub url: String,
    /// The request.
    pub request: Request,
    /// The answers that keep it.
    pub wanted: Wanted,
}

/// The answers that keep a contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Whether it is all others.
    pub is_negated: bool,
    /// They.
    pub kinds: Vec<Kind>,
}

/// A kind of answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The server itself answers with this status, or serves a file with it.
    Status(u16),
    /// Access control lets the request pass, whether or not there is a file to serve.
    Passed,
}

/// Whether a contract is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Kept,
    /// It is broken, however everything that is open may be.
    Broken,
    /// That depends on what is not known.
    Undecided,
}

impl Wanted {
    /// What `prediction` means for it.
    #[must_use]
    pub fn verdict(&self, prediction: &Prediction) -> Verdict {
        let is_file = |outcome: &Outcome| *outcome == Outcome::Passed(Handler::File);
        let lacks_file = lacks_file(prediction) || prediction.possible.iter().any(is_file);
        let mut verdicts = prediction.possible.iter().map(|one| self.verdict_on(*one, lacks_file));
        let first = verdicts.next().unwrap_or(Verdict::Undecided);
        if prediction.complete && verdicts.all(|other| other == first) {
            first
        } else {
            Verdict::Undecided
        }
    }

    /// `lacks_file`: a 404 is that of a file that is not there.
    fn verdict_on(&self, outcome: Outcome, lacks_file: bool) -> Verdict {
        let has = |kind: Kind| self.kinds.contains(&kind);
        let is_one = match outcome {
            Outcome::Anything => return Verdict::Undecided,
            Outcome::Answered(404) if lacks_file => has(Kind::Status(404)) || has(Kind::Passed),
            Outcome::Answered(status) => has(Kind::Status(status)),
            Outcome::Passed(_) if has(Kind::Passed) => true,
            Outcome::Passed(Handler::File) => {
                let is_served = |kind: &Kind| matches!(kind, Kind::Status(200..=299 | 304));
                self.kinds.iter().any(is_served)
            }
            Outcome::Passed(_) => {
                let is_refusal = |kind: &Kind| matches!(kind, Kind::Status(401 | 403 | 407));
                if !self.is_negated && !self.kinds.iter().all(is_refusal) {
                    // the application may answer so
                    return Verdict::Undecided;
                }
                false
            }
        };
        if is_one == self.is_negated { Verdict::Broken } else { Verdict::Kept }
    }

    /// It in words: `401`, `401 or 403`, `that it passes`, `no 401`.
    #[must_use]
    pub fn words(&self) -> String {
        let word = |kind: &Kind| match (kind, self.is_negated) {
            (Kind::Status(status), false) => status.to_string(),
            (Kind::Status(status), true) => format!("no {status}"),
            (Kind::Passed, false) => "that it passes".to_owned(),
            (Kind::Passed, true) => "that it does not pass".to_owned(),
        };
        let words: Vec<String> = self.kinds.iter().map(word).collect();
        words.join(" or ")
    }
}

/// Whether access control let the request pass and then no file was there.
fn lacks_file(prediction: &Prediction) -> bool {
    let answer = &prediction.answer;
    let step = answer.decided.and_then(|step| answer.steps.get(step));
    answer.outcome == Outcome::Answered(404)
        && step.is_some_and(|step| step.phase == "content" && step.at.is_none())
}

impl<'r, 'p> From<&'r Policy<'p>> for Configuration<'r, 'p> {
    fn from(policy: &'r Policy<'p>) -> Self {
        match policy {
            Policy::Nginx(policy) => Self::Nginx(policy),
            Policy::Apache(policy) => Self::Apache(policy),
        }
    }
}

/// A main configuration that can be asked.
#[derive(Clone, Copy, Debug)]
pub enum Configuration<'r, 'p> {
    /// One of nginx.
    Nginx(&'r nginx::Policy<'p>),
    /// One of httpd.
    Apache(&'r apache::Policy<'p>),
}

impl Configuration<'_, '_> {
    /// Whether it is the .htaccess files of a folder, and the server is not here.
    fn is_htaccess(self) -> bool {
        matches!(self, Self::Apache(policy) if policy.site.data.form == Form::Htaccess)
    }

    /// Whether a request is for it.
    #[must_use]
    pub fn reach(self, request: &Request) -> Reach {
        match self {
            Self::Nginx(policy) => policy.reach(request),
            Self::Apache(policy) => policy.reach(request),
        }
    }

    /// The `auth_basic off` that holds where a request passes: nginx has no step for what is not asked.
    fn opened_at(self, prediction: &Prediction) -> Option<Location> {
        let Self::Nginx(policy) = self else { return None };
        if !matches!(prediction.answer.outcome, Outcome::Passed(_)) {
            return None;
        }
        let steps = prediction.answer.steps.iter().rev().filter(|step| step.depth == 0);
        let location = steps.filter(|step| step.phase == "location").find_map(|step| step.at)?;
        let mut places = policy.locations_and_servers();
        let place = places.find(|place| {
            place.directive().is_some_and(|directive| directive.words_location() == location)
        })?;
        match place.basic() {
            nginx::Basic::Off(directive) => Some(directive.words_location()),
            _ => None,
        }
    }

    fn predict(self, files: Files<'_>, request: &Request) -> Prediction {
        match self {
            Self::Nginx(policy) => policy.predict(files, request),
            Self::Apache(policy) => policy.predict(files, request),
        }
    }

    fn story(self, files: Files<'_>, request: &Request) -> Prediction {
        match self {
            Self::Nginx(policy) => policy.predict(files, request),
            Self::Apache(policy) => policy.story(files, request),
        }
    }
}

/// A contract that is not kept for certain.
#[derive(Debug)]
pub struct Open<'c> {
    /// The contract.
    pub contract: &'c Contract,
    /// Why nothing answers the request; else what does.
    pub found: Result<Prediction, String>,
    /// Whether it is broken for certain.
    pub is_broken: bool,
    /// The directive that lets the request in where a login was to be expected, which the story does not name.
    pub opened_at: Option<Location>,
}

/// The contracts of a run that are not kept.
#[derive(Debug)]
pub struct Contracts<'c> {
    /// The settings file.
    pub file: FileId,
    /// They, in their order.
    pub open: Vec<Open<'c>>,
    mask: Mask<'c>,
}

impl<'c> Contracts<'c> {
    /// Asks the main configurations of a project.
    #[must_use]
    pub fn of(
        project: &'c Project,
        contracts: &'c [Contract],
        configurations: &[Configuration<'_, '_>],
        files: Files<'_>,
    ) -> Option<Self> {
        let (file, _) = project.settings.as_ref()?;
        let mut open = Vec::new();
        for contract in contracts {
            let concerned = match concerned(configurations, &contract.request) {
                Ok(concerned) => concerned,
                Err(why) => {
                    open.push(Open {
                        contract,
                        found: Err(why),
                        is_broken: false,
                        opened_at: None,
                    });
                    continue;
                }
            };
            for one in concerned {
                let prediction = one.predict(files, &contract.request);
                let verdict = contract.wanted.verdict(&prediction);
                if verdict != Verdict::Kept {
                    let prediction = one.story(files, &contract.request);
                    let opened_at = one.opened_at(&prediction);
                    let is_broken = verdict == Verdict::Broken;
                    open.push(Open { contract, found: Ok(prediction), is_broken, opened_at });
                }
            }
        }
        Some(Self { file: *file, open, mask: Mask::new(project) })
    }

    /// Whether a contract is kept by every configuration that it is about.
    #[must_use]
    pub fn is_kept(
        contract: &Contract,
        configurations: &[Configuration<'_, '_>],
        files: Files<'_>,
    ) -> bool {
        concerned(configurations, &contract.request).is_ok_and(|all| {
            let kept =
                |prediction: &Prediction| contract.wanted.verdict(prediction) == Verdict::Kept;
            all.iter().all(|one| kept(&one.predict(files, &contract.request)))
        })
    }

    /// The place of a contract in the settings file.
    #[must_use]
    pub fn place(&self, contract: &Contract) -> Location {
        Location::new(self.file, contract.at)
    }

    /// What no text about a contract shows.
    #[must_use]
    pub fn masked(&self, contract: &Contract) -> Masked<'_> {
        self.mask.with(&contract.request)
    }
}

/// The configurations that a request is for: those with a server of its name, else the only one that listens.
fn concerned<'r, 'p>(
    all: &[Configuration<'r, 'p>],
    request: &Request,
) -> Result<Vec<Configuration<'r, 'p>>, String> {
    if all.is_empty() {
        return Err("no main configuration was read".to_owned());
    }
    let reach: Vec<_> = all.iter().map(|one| (*one, one.reach(request))).collect();
    let reaching = |least: Reach| -> Vec<_> {
        reach.iter().filter(|(_, reach)| *reach >= least).map(|(one, _)| *one).collect()
    };
    let named = reaching(Reach::Names);
    if !named.is_empty() {
        return Ok(named);
    }
    // a folder of .htaccess files alone is what some server serves, whatever its name and its port are
    if let [(only, _)] = &reach[..]
        && only.is_htaccess()
    {
        return Ok(vec![*only]);
    }
    let listening = reaching(Reach::Listens);
    let port = request.destination.port();
    match listening.len() {
        0 => Err(format!("nothing that was read listens on port {port}")),
        1 => Ok(listening),
        _ => {
            let host = String::from_utf8_lossy(request.host.as_deref().unwrap_or_default());
            Err(format!("several configurations listen on port {port}, and none names {host}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_not_refused() {
        let wanted = |is_negated, kinds: &[Kind]| Wanted { is_negated, kinds: kinds.to_vec() };
        let (app, file) = (Outcome::Passed(Handler::Proxy), Outcome::Passed(Handler::File));
        let login = [Kind::Status(401)];
        for (wanted, outcome, expected) in [
            (wanted(false, &login), Outcome::Answered(401), Verdict::Kept),
            (wanted(false, &login), Outcome::Answered(403), Verdict::Broken),
            (wanted(false, &login), app, Verdict::Broken),
            (wanted(false, &login), file, Verdict::Broken),
            (wanted(false, &login), Outcome::Anything, Verdict::Undecided),
            (wanted(true, &login), Outcome::Answered(401), Verdict::Broken),
            (wanted(true, &login), Outcome::Answered(404), Verdict::Kept),
            (wanted(true, &login), app, Verdict::Kept),
            (wanted(false, &[Kind::Passed]), app, Verdict::Kept),
            (wanted(false, &[Kind::Passed]), Outcome::Answered(302), Verdict::Broken),
            (wanted(false, &[Kind::Status(200)]), file, Verdict::Kept),
            // what an application answers is its own affair
            (wanted(false, &[Kind::Status(200)]), app, Verdict::Undecided),
            (wanted(false, &[Kind::Status(401), Kind::Status(404)]), app, Verdict::Undecided),
            (wanted(true, &[Kind::Passed]), app, Verdict::Broken),
        ] {
            assert_eq!(wanted.verdict_on(outcome, false), expected, "{wanted:?} {outcome:?}");
        }
        // a file that is not there: access control let the request pass
        let passes = wanted(false, &[Kind::Passed]);
        assert_eq!(passes.verdict_on(Outcome::Answered(404), true), Verdict::Kept);
        assert_eq!(passes.verdict_on(Outcome::Answered(404), false), Verdict::Broken);
    }
}
