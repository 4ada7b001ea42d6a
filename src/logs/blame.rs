//! Which directive gave an answer that a log tells of: each way in which the request can have come in is asked, and the
//! status says which of them it was.

use crate::policy::answer::{Handler, Outcome, Prediction};
use crate::policy::either::Policy;
use crate::policy::files::Files;
use crate::policy::request::{Credential, Request};
use crate::source::Location;
use std::net::IpAddr;

/// A user whom no password file knows, for one who was refused.
const NOBODY: &[u8] = b"lint401-nobody";

/// An answer, and what is known of the request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'q> {
    /// The ways in: requests for the servers that can have answered.
    pub(super) ways: &'q [Request],
    /// The method.
    pub(super) method: &'q [u8],
    /// The path.
    pub(super) path: &'q [u8],
    /// The query with its question mark, or nothing.
    pub(super) query: &'q [u8],
    /// The client's address, where it is known.
    pub(super) from: Option<IpAddr>,
    /// The user that was sent.
    pub(super) user: Option<&'q [u8]>,
    /// What an error log says of the login.
    pub(super) login: Login,
    /// The status of the answer.
    pub(super) status: u16,
}

/// What an error log says of logins for a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Login {
    /// No error log was read.
    NotKnown,
    /// It says nothing: whoever came was known.
    Accepted,
    /// There is no such user.
    UnknownUser,
    /// The user's password is another one. It costs as much to say as the server takes to look.
    WrongPassword,
}

/// What gave the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Blame {
    /// A directive, for certain; `None` for a default of the server.
    Directive(Option<Location>, String),
    /// One of several directives, in several servers.
    OneOf(Vec<Location>),
    /// A directive that hands the decision on to what is not here.
    Elsewhere(Option<Location>, String),
    /// The configuration lets the request pass, so that its handler answered.
    Passed(Handler, Option<Location>),
    /// The configuration answers otherwise by now.
    Otherwise(Outcome, Option<Location>),
    /// No server of the configuration can have answered.
    Nobody,
}

impl Blame {
    /// How much it explains.
    const fn rank(&self) -> u8 {
        match self {
            Self::Directive(..) | Self::OneOf(_) => 4,
            Self::Elsewhere(..) => 3,
            Self::Passed(..) => 2,
            Self::Otherwise(..) => 1,
            Self::Nobody => 0,
        }
    }
}

/// What gave the answer that `question` is about.
#[must_use]
pub(super) fn blame(policy: &Policy<'_>, files: Files<'_>, question: &Question<'_>) -> Blame {
    let found = question.ways.iter().map(|way| by_way(policy, files, question, way));
    let mut best = Blame::Nobody;
    let mut places: Vec<Location> = Vec::new();
    for one in found {
        if let Blame::Directive(Some(at), _) | Blame::Elsewhere(Some(at), _) = one {
            places.push(at);
        }
        if one.rank() > best.rank() {
            best = one;
        }
    }
    places.sort_unstable();
    places.dedup();
    if places.len() > 1 { Blame::OneOf(places) } else { best }
}

/// What gave the answer if the request came in by `way`.
fn by_way(policy: &Policy<'_>, files: Files<'_>, question: &Question<'_>, way: &Request) -> Blame {
    let mut best = Blame::Nobody;
    for credential in credentials(question) {
        let request = Request {
            method: question.method.to_vec(),
            target: [question.path, question.query].concat(),
            from: question.from.unwrap_or(Request::OUTSIDER),
            credential,
            ..way.clone()
        };
        let found = one(policy, files, &request, question.status);
        // whoever was let in was not refused by the password file
        if let Blame::Directive(Some(at), _) = found
            && question.login == Login::Accepted
            && best.rank() >= 3
            && is_password_file(policy, at)
        {
            break;
        }
        if found.rank() > best.rank() {
            best = found;
        }
        if best.rank() == 4 {
            break;
        }
    }
    best
}

/// What the client can have proved itself with, the likeliest first: where the right password does not help, the password
/// is not the reason, unless the error log says so.
fn credentials(question: &Question<'_>) -> Vec<Option<Credential>> {
    let Some(user) = question.user else { return vec![None] };
    let basic = |user: &[u8], password: Option<&[u8]>| {
        Some(Credential::Basic { user: user.to_vec(), password: password.map(<[u8]>::to_vec) })
    };
    let stranger = basic(NOBODY, Some(NOBODY));
    if user.is_empty() {
        return vec![stranger];
    }
    let right = basic(user, None);
    match question.login {
        Login::NotKnown | Login::Accepted => vec![right, stranger],
        Login::UnknownUser => vec![stranger, right],
        Login::WrongPassword => vec![basic(user, Some(NOBODY)), stranger, right],
    }
}

fn one(policy: &Policy<'_>, files: Files<'_>, request: &Request, status: u16) -> Blame {
    let prediction = policy.predict(files, request);
    if prediction.is_status(status) {
        let story = policy.story(files, request);
        let text = decisive(&story).map_or("", |step| &story.answer.steps[step].text);
        return Blame::Directive(place(&story), anonymous(text, request));
    }
    match prediction.outcome {
        Some(Outcome::Passed(handler)) => Blame::Passed(handler, place(&prediction)),
        Some(outcome) => Blame::Otherwise(outcome, place(&prediction)),
        None => {
            let is_possible = |outcome: &Outcome| {
                matches!(outcome, Outcome::Anything) || *outcome == Outcome::Answered(status)
            };
            if !prediction.possible.iter().any(is_possible) {
                let outcome = prediction.possible.first().copied();
                return Blame::Otherwise(outcome.unwrap_or(Outcome::Anything), place(&prediction));
            }
            let cause = prediction.unknown.iter().find(|cause| cause.at.is_some());
            let cause = cause.or(prediction.unknown.first());
            let text = cause.map_or(String::new(), |cause| anonymous(&cause.text, request));
            Blame::Elsewhere(cause.and_then(|cause| cause.at), text)
        }
    }
}

/// Whether the directive at a place names a password file.
fn is_password_file(policy: &Policy<'_>, at: Location) -> bool {
    let project = match policy {
        Policy::Nginx(policy) => policy.site.project,
        Policy::Apache(policy) => policy.site.project,
    };
    let words = project.sources.get(at.file).slice(at.span).to_ascii_lowercase();
    words.starts_with(b"auth_basic_user_file") || words.starts_with(b"authuserfile")
}

/// What happened, without the client's address, and not at all where it names the user otherwise: a password may have been
/// typed in the wrong field.
fn anonymous(text: &str, request: &Request) -> String {
    let text = text.replace(&request.from.to_string(), "the client");
    let Some(Credential::Basic { user, .. }) = &request.credential else { return text };
    let user = String::from_utf8_lossy(user);
    let text = text.replace(&format!("the user {user}"), "the user");
    if text.contains(&*user) { String::new() } else { text }
}

/// The step that decided.
fn decisive(prediction: &Prediction) -> Option<usize> {
    let answer = &prediction.answer;
    answer
        .decided
        .or_else(|| answer.steps.len().checked_sub(1))
        .filter(|at| *at < answer.steps.len())
}

/// Its place, or that of the nearest step before it.
fn place(prediction: &Prediction) -> Option<Location> {
    let decisive = decisive(prediction)?;
    prediction.answer.steps[..=decisive].iter().rev().find_map(|step| step.at)
}
