//! What a client gets, in short.

use crate::policy::answer::{Outcome, Prediction, possible};

/// What a client may get: access, or statuses. Who gets further is less.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gets {
    /// The statuses that are no access, ascending. Where access control lets a client in, that there is no such file, or
    /// that the file takes no such method, is no answer of its own.
    statuses: Vec<u16>,
    /// Whether access control cannot let the client in.
    is_kept_out: bool,
}

/// What a client gets as far as access goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// The client is let in.
    Open,
    /// It depends.
    Depends,
    /// A login is asked for.
    Login,
    /// The client is refused.
    Refused,
    /// There is nothing to get, whoever asks.
    Nothing,
    /// The server fails.
    Fails,
}

impl Gets {
    /// What `prediction` says.
    #[must_use]
    pub fn of(prediction: &Prediction) -> Self {
        let (mut statuses, passes) = possible(&prediction.possible);
        let passes = passes || is_let_in(prediction);
        if passes {
            statuses.retain(|status| !matches!(status, 404 | 405));
        }
        Self { statuses, is_kept_out: !passes }
    }

    /// What somebody gets who brings what the configuration does not hold: access or 401.
    pub(crate) fn perhaps() -> Self {
        Self { statuses: vec![401], is_kept_out: false }
    }

    /// What somebody gets who is asked for a login.
    pub(crate) fn login() -> Self {
        Self { statuses: vec![401], is_kept_out: true }
    }

    /// The statuses that may come.
    #[must_use]
    pub fn statuses(&self) -> &[u16] {
        &self.statuses
    }

    /// Whether access control may let the client in.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        !self.is_kept_out
    }

    /// As far as access goes.
    #[must_use]
    pub fn access(&self) -> Access {
        let mut kinds = self.statuses.iter().map(|&status| Access::of(status));
        let first = if self.may_pass() { Some(Access::Open) } else { kinds.next() };
        match first {
            Some(first) if kinds.all(|kind| kind == first) => first,
            _ => Access::Depends,
        }
    }
}

/// Whether access control lets the client in, and the handler of files then says that there is nothing to get.
pub(super) fn is_let_in(prediction: &Prediction) -> bool {
    let answer = &prediction.answer;
    let files = ["content", "index", "try_files"];
    let is_nothing = matches!(answer.outcome, Outcome::Answered(404 | 405));
    let decided = answer.decided.and_then(|step| answer.steps.get(step));
    is_nothing && decided.is_some_and(|step| step.depth == 0 && files.contains(&step.phase))
}

impl Access {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Open, Self::Depends, Self::Login, Self::Refused, Self::Nothing, Self::Fails];

    /// What a status of the server's own stands for.
    const fn of(status: u16) -> Self {
        match status {
            401 | 407 => Self::Login,
            0 | 403 | 444 => Self::Refused,
            500.. => Self::Fails,
            400..=499 => Self::Nothing,
            _ => Self::Open,
        }
    }
}
