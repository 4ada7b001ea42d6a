//! What two answers to one request have to do with each other.

use crate::map::Gets;
use crate::policy::answer::{Authorization, Forwarded, Handler, Outcome, Prediction};
use crate::source::Location;
use std::hash::{DefaultHasher, Hash};

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A request that got something else gets 401.
    Now401,
    /// A request that got something else gets 403, or its connection is closed.
    Now403,
    /// A request that got something else gets an error of the server: 500 and above.
    NowError,
    /// A request without a login was kept out, and is let in.
    NowOpen,
    /// A request with a login was kept out, and is let in.
    NowPassed,
    /// Another login is asked for: the realm or the scheme.
    ChallengeChanged,
    /// The handler gets another Authorization.
    ForwardedChanged,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Now401,
        Self::Now403,
        Self::NowError,
        Self::NowOpen,
        Self::NowPassed,
        Self::ChallengeChanged,
        Self::ForwardedChanged,
    ];

    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Now401 => "now-401",
            Self::Now403 => "now-403",
            Self::NowError => "now-error",
            Self::NowOpen => "now-open",
            Self::NowPassed => "now-passed",
            Self::ChallengeChanged => "challenge-changed",
            Self::ForwardedChanged => "forwarded-changed",
        }
    }
}

/// One side of a change.
#[derive(Clone, Debug)]
pub struct Told {
    /// How it ends; `None` where that depends on what is not known.
    pub outcome: Option<Outcome>,
    /// What can come out.
    pub gets: Gets,
    /// The challenge of an answer of the server's own.
    pub challenge: Option<String>,
    /// What is sent on.
    pub forwarded: Forwarded,
    /// The directive that decides; `None` where nothing does.
    pub decided: Option<Location>,
    /// The block or section that the request came to last.
    pub place: Option<Location>,
}

impl Told {
    pub(super) fn of(prediction: &Prediction, decided: Option<Location>) -> Self {
        Self {
            outcome: prediction.outcome.filter(|outcome| *outcome != Outcome::Anything),
            gets: Gets::of(prediction),
            challenge: prediction.answer.challenge.clone(),
            forwarded: prediction.answer.forwarded,
            decided,
            place: place(prediction),
        }
    }
}

/// The block or section that the request came to last.
fn place(prediction: &Prediction) -> Option<Location> {
    let mut steps = prediction.answer.steps.iter().rev();
    let phases = ["location", "sections", "server"];
    steps.find(|step| step.depth == 0 && step.at.is_some() && phases.contains(&step.phase))?.at
}

/// What tells a request from others that come to other places, get there in another way, or get something else there.
pub(super) fn sign(prediction: &Prediction, into: &mut DefaultHasher) {
    classes(prediction).hash(into);
    prediction.answer.forwarded.hash(into);
    prediction.answer.decided.hash(into);
    for step in &prediction.answer.steps {
        step.at.hash(into);
    }
}

/// What a status is as far as access goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Access control lets the request in, whatever comes of it.
    In,
    /// 401.
    Login,
    /// 403, or no answer.
    Refused,
    /// 500 and above, but for methods that nobody knows.
    Error,
}

impl Class {
    /// What `outcome` is.
    #[must_use]
    pub const fn of(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Answered(status) => Self::of_status(status),
            Outcome::Passed(_) | Outcome::Anything => Self::In,
        }
    }

    /// What `status` is.
    #[must_use]
    pub const fn of_status(status: u16) -> Self {
        match status {
            401 => Self::Login,
            // the method is one that nobody knows
            501 => Self::In,
            0 | 403 | 444 => Self::Refused,
            500.. => Self::Error,
            _ => Self::In,
        }
    }
}

/// The kind of change from one class to another; `is_known` says whether the request has a login.
#[must_use]
pub fn between(old: Class, new: Class, is_known: bool) -> Option<Kind> {
    match new {
        _ if old == new => None,
        Class::Login => Some(Kind::Now401),
        Class::Refused => Some(Kind::Now403),
        Class::Error => Some(Kind::NowError),
        Class::In if is_known => Some(Kind::NowPassed),
        Class::In => Some(Kind::NowOpen),
    }
}

fn classes(prediction: &Prediction) -> Vec<Class> {
    let mut classes: Vec<Class> = Vec::new();
    for outcome in &prediction.possible {
        match outcome {
            Outcome::Anything => classes.extend([Class::In, Class::Login, Class::Refused]),
            outcome => classes.push(Class::of(*outcome)),
        }
    }
    classes.sort_unstable();
    classes.dedup();
    classes
}

/// What changed for one request.
pub(super) fn of(old: &Prediction, new: &Prediction, is_known: bool) -> Option<Kind> {
    let (before, after) = (classes(old), classes(new));
    if before == after {
        return (before.len() == 1).then(|| beside_access(old, new, before[0])).flatten();
    }
    let has = |classes: &[Class], class: Class| classes.contains(&class);
    let kept = |classes: &[Class]| classes.iter().rev().find(|it| **it != Class::In).copied();
    if has(&after, Class::In) && !has(&before, Class::In) {
        return between(kept(&before)?, Class::In, is_known);
    }
    // what may come now and could not before; else what may not come any more
    if let Some(more) = after.iter().rev().find(|class| !has(&before, **class)) {
        return between(before.iter().find(|class| *class != more).copied()?, *more, is_known);
    }
    if has(&before, Class::In) && !has(&after, Class::In) {
        return between(Class::In, kept(&after)?, is_known);
    }
    let less = before.iter().rev().find(|class| !has(&after, **class)).copied()?;
    between(less, *after.first()?, is_known)
}

/// What changed where access did not.
fn beside_access(old: &Prediction, new: &Prediction, class: Class) -> Option<Kind> {
    match class {
        Class::Login => (old.challenges != new.challenges).then_some(Kind::ChallengeChanged),
        Class::In => {
            let (Some(Outcome::Passed(before)), Some(Outcome::Passed(after))) =
                (old.outcome, new.outcome)
            else {
                return None;
            };
            let gets_none = |handler| handler == Handler::File;
            let (sent, sends) = (old.answer.forwarded, new.answer.forwarded);
            // texts that are known differ, or they do not
            let is_other = sent.literal.zip(sends.literal).is_some_and(|(was, is)| was != is);
            let is_same = sent.authorization == sends.authorization && !is_other
                || sent.authorization == Authorization::Unknown
                || sends.authorization == Authorization::Unknown;
            (!gets_none(before) && !gets_none(after) && !is_same).then_some(Kind::ForwardedChanged)
        }
        Class::Refused | Class::Error => None,
    }
}
