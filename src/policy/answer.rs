//! What the server does with a request, and why.

use super::world::{Cause, Explored, World, explore, explore_usual};
use crate::source::Location;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Who answers a request that access control let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Handler {
    /// A file that exists and is served.
    File,
    /// Another HTTP server.
    Proxy,
    /// A FastCGI, uWSGI or SCGI application.
    Fastcgi,
    /// A CGI program.
    Cgi,
    /// A script inside of the server: PHP, Lua, Perl.
    Script,
    /// A module of the server.
    Module,
}

impl Handler {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::File, Self::Proxy, Self::Fastcgi, Self::Cgi, Self::Script, Self::Module];

    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Proxy => "proxy",
            Self::Fastcgi => "fastcgi",
            Self::Cgi => "cgi",
            Self::Script => "script",
            Self::Module => "module",
        }
    }
}

/// How a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The server itself answers with this status; 0 is a connection that is closed without an answer.
    Answered(u16),
    /// Access control lets it through, and this handler answers.
    Passed(Handler),
    /// What decides is not here.
    Anything,
}

/// What the handler gets as Authorization.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Authorization {
    /// There is none, or no handler gets anything.
    #[default]
    Absent,
    /// What the client sent.
    Client,
    /// What the configuration says.
    Literal,
    /// The client sent it, and it is dropped on the way.
    Dropped,
    /// Not known.
    Unknown,
}

impl Authorization {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Absent, Self::Client, Self::Literal, Self::Dropped, Self::Unknown];

    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Client => "client",
            Self::Literal => "literal",
            Self::Dropped => "dropped",
            Self::Unknown => "unknown",
        }
    }
}

/// What is sent on to the handler.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Forwarded {
    /// The Authorization header.
    pub authorization: Authorization,
    /// The directive that decides it.
    pub set_at: Option<Location>,
    /// What stands for the text that the configuration sets, where that is known: the same for the same text.
    pub literal: Option<u64>,
}

impl Forwarded {
    /// What the configuration itself, or the client, has for an Authorization.
    #[must_use]
    pub(crate) fn set(authorization: Authorization, set_at: Option<Location>) -> Self {
        Self { authorization, set_at, literal: None }
    }

    /// The same where the configuration sets `text`.
    #[must_use]
    pub(crate) fn of_text(self, text: Option<&[u8]>) -> Self {
        let text = text.filter(|_| self.authorization == Authorization::Literal);
        let number = |text: &[u8]| {
            let mut hasher = DefaultHasher::new();
            text.hash(&mut hasher);
            hasher.finish()
        };
        Self { literal: text.map(number), ..self }
    }
}

/// One thing that happened on the way to the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The directive that decided it; `None` for a default of the server.
    pub at: Option<Location>,
    /// How many requests are around the one to which it happened: those that subrequests and other servers serve.
    pub depth: u8,
    /// The phase of the server in which it happened.
    pub phase: &'static str,
    /// What happened, in a few words.
    pub text: String,
}

/// What the server does with a request in one world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How it ends.
    pub outcome: Outcome,
    /// The value of the first `WWW-Authenticate` header of the answer.
    pub challenge: Option<String>,
    /// What is sent on.
    pub forwarded: Forwarded,
    /// What happened, in its order.
    pub steps: Vec<Step>,
    /// Which of the steps decided how it ends.
    pub decided: Option<usize>,
}

/// What the server does with a request, in every world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// How it ends, where every world agrees.
    pub outcome: Option<Outcome>,
    /// Every way in which it can end, sorted, each once.
    pub possible: Vec<Outcome>,
    /// Whether these are all the ways there are: otherwise there were too many worlds to look at.
    pub complete: bool,
    /// What it depends on, where the worlds do not agree.
    pub unknown: Vec<Cause>,
    /// The `WWW-Authenticate` of each of them that is an answer of the server's own, sorted, each once.
    pub challenges: Vec<Option<String>>,
    /// The answer of the first world: the one in which everything that is open goes the way that was named first.
    pub answer: Answer,
}

/// Answers that may be possible before what is rare is left out: more of them tell nobody anything.
const MOST_ANSWERS: usize = 3;

impl Prediction {
    /// Sums up what `evaluate` comes to in every world.
    pub(crate) fn of(mut evaluate: impl FnMut(&mut World) -> Answer) -> Self {
        let all = Self::new(explore(&mut evaluate));
        if all.told() <= MOST_ANSWERS {
            return all;
        }
        let mut usual = Self::new(explore_usual(evaluate));
        // where anything may come out, what else may does not count
        if usual.told() > MOST_ANSWERS && usual.possible.contains(&Outcome::Anything) {
            usual.possible = vec![Outcome::Anything];
        }
        usual
    }

    /// How many answers are told to be possible: which handler it is that answers is not told apart, and anything is a
    /// login, a refusal, or neither.
    #[must_use]
    pub fn told(&self) -> usize {
        let mut told: Vec<Option<u16>> = Vec::new();
        for outcome in &self.possible {
            match outcome {
                Outcome::Answered(status) => told.push(Some(*status)),
                Outcome::Passed(_) => told.push(None),
                Outcome::Anything => told.extend([Some(401), Some(403), None]),
            }
        }
        told.sort_unstable();
        told.dedup();
        told.len()
    }

    /// Sums up what came out in every world.
    pub(crate) fn new(mut explored: Explored<Answer>) -> Self {
        let mut possible: Vec<Outcome> =
            explored.worlds.iter().map(|(_, answer)| answer.outcome).collect();
        possible.sort_unstable();
        possible.dedup();
        let own = explored
            .worlds
            .iter()
            .filter(|(_, answer)| matches!(answer.outcome, Outcome::Answered(_)));
        let mut challenges: Vec<_> = own.map(|(_, answer)| answer.challenge.clone()).collect();
        challenges.sort_unstable();
        challenges.dedup();
        let certain = explored.complete && possible.len() == 1 && possible[0] != Outcome::Anything;
        let mut unknown =
            if certain { Vec::new() } else { explored.causes(|answer| answer.outcome) };
        if !certain && unknown.is_empty() {
            // what nobody can know, or more questions than anybody would follow
            let asked = explored.worlds.iter().flat_map(|(trail, _)| trail);
            unknown.extend(asked.map(|choice| choice.cause.clone()));
            unknown.sort_unstable();
            unknown.dedup();
        }
        // where the request is refused, no handler gets anything
        let passes = |answer: &Answer| matches!(answer.outcome, Outcome::Passed(_));
        let any_passes = explored.worlds.iter().any(|(_, answer)| passes(answer));
        let answers = explored.worlds.iter().map(|(_, answer)| answer);
        let mut all = answers.filter(|answer| !any_passes || passes(answer)).map(|it| it.forwarded);
        let first = all.next().unwrap_or_default();
        let forwarded = if all.all(|other| other.authorization == first.authorization) {
            first
        } else {
            Forwarded::set(Authorization::Unknown, None)
        };
        let mut answer = explored.worlds.swap_remove(0).1;
        answer.forwarded = forwarded;
        let complete = explored.complete;
        Self {
            outcome: certain.then(|| possible[0]),
            possible,
            complete,
            unknown,
            challenges,
            answer,
        }
    }

    /// What nothing more is to be said of.
    pub(crate) fn certain(outcome: Outcome) -> Self {
        let forwarded = Forwarded::default();
        let answer =
            Answer { outcome, challenge: None, forwarded, steps: Vec::new(), decided: None };
        Self {
            outcome: Some(outcome),
            possible: vec![outcome],
            complete: true,
            unknown: Vec::new(),
            challenges: vec![None],
            answer,
        }
    }

    /// Whether it certainly ends like this.
    #[must_use]
    pub fn is(&self, outcome: Outcome) -> bool {
        self.outcome == Some(outcome)
    }

    /// Whether it is certainly answered by this status.
    #[must_use]
    pub fn is_status(&self, status: u16) -> bool {
        self.is(Outcome::Answered(status))
    }
}

/// What can come out of `outcomes`: statuses, ascending and each once, and whether it may pass. Where what decides is not
/// here, that is a login, a refusal, or neither.
#[must_use]
pub fn possible(outcomes: &[Outcome]) -> (Vec<u16>, bool) {
    let mut statuses = Vec::new();
    let mut passes = false;
    for outcome in outcomes {
        match outcome {
            Outcome::Answered(status) => statuses.push(*status),
            Outcome::Passed(_) => passes = true,
            Outcome::Anything => {
                statuses.extend([401, 403]);
                passes = true;
            }
        }
    }
    statuses.sort_unstable();
    statuses.dedup();
    (statuses, passes)
}
