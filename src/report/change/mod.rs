//! What a change of a configuration does to who gets in: for people, as one JSON object, as a comment on a merge request, and
//! as annotations of GitHub's workflow runner.

mod full;
mod github;
mod json;
mod markdown;

pub use full::full;
pub use github::github;
pub use json::{json, schema};
pub use markdown::markdown;

use super::text::visible;
use super::trace::words;
use crate::change::{Change, Kind, Told};
use crate::config::Project;
use crate::policy::answer::{Authorization, Outcome};
use crate::policy::mask::{Mask, Masked};
use crate::policy::request::{Credential, Request};
use crate::source::Location;
use std::fmt::Write as _;

/// What one side was read as.
#[derive(Clone, Copy, Debug)]
pub struct Half<'r> {
    /// What was read.
    pub project: &'r Project,
    /// What no output shows.
    pub mask: &'r Mask<'r>,
}

/// The changes between two configurations.
#[derive(Clone, Copy, Debug)]
pub struct Report<'r> {
    /// What was there.
    pub old: Half<'r>,
    /// What is there.
    pub new: Half<'r>,
    /// What changes, one a cause.
    pub changes: &'r [Change],
}

impl Half<'_> {
    /// `conf/nginx.conf:12`.
    fn place(self, at: Location) -> String {
        let at = self.project.sources.written(at);
        let file = self.project.sources.get(at.file);
        format!("{}:{}", visible(&file.name), file.position(at.span.start).line)
    }

    /// The directive that decides, as it stands there; else the place that nothing is asked in.
    fn reason(self, told: &Told) -> Option<(String, Location)> {
        let at = told.decided.or(told.place)?;
        let text = self.mask.configured().text(&words(self.project, at)).into_owned();
        Some((text, at))
    }
}

/// `401`, `passed`, `401 or passed`, and beside access what is asked for or sent on.
fn answer(kind: Kind, told: &Told, masked: &Masked<'_>) -> String {
    let mut words: Vec<String> = match told.outcome {
        Some(Outcome::Answered(0)) => vec!["closed".to_owned()],
        Some(Outcome::Answered(status)) => vec![status.to_string()],
        Some(Outcome::Passed(_)) => vec!["passed".to_owned()],
        Some(Outcome::Anything) | None => {
            let statuses = told.gets.statuses().iter().map(u16::to_string);
            statuses.chain(told.gets.may_pass().then(|| "passed".to_owned())).collect()
        }
    };
    let last = words.pop().unwrap_or_default();
    let text = if words.is_empty() { last } else { format!("{} or {last}", words.join(", ")) };
    match kind {
        Kind::ChallengeChanged => {
            let challenge = told.challenge.as_deref().unwrap_or("no challenge");
            format!("{text} with {}", masked.text(challenge))
        }
        Kind::ForwardedChanged => format!("{text}, {}", sent(told.forwarded.authorization)),
        _ => text,
    }
}

/// What the handler gets as Authorization.
fn sent(authorization: Authorization) -> &'static str {
    match authorization {
        Authorization::Absent => "no Authorization is sent on",
        Authorization::Client => "the client's Authorization is sent on",
        Authorization::Literal => "the configuration sets Authorization",
        Authorization::Dropped => "the client's Authorization is dropped",
        Authorization::Unknown => "what is sent on is not known",
    }
}

/// What a kind of change means for the one who makes it.
fn meaning(kind: Kind) -> &'static str {
    match kind {
        Kind::Now401 => "asks for a login now",
        Kind::Now403 => "is refused now",
        Kind::NowError => "fails now",
        Kind::NowOpen => "is open to strangers now",
        Kind::NowPassed => "lets in now who comes with a login",
        Kind::ChallengeChanged => "asks for another login",
        Kind::ForwardedChanged => "sends another Authorization on",
    }
}

/// `GET http://shop.example/ from 10.0.0.1 as alice`: what is not usual of it is said.
fn exchange(request: &Request, masked: &Masked<'_>) -> String {
    let method = String::from_utf8_lossy(&request.method);
    let mut text = format!("{method} {}", masked.url(&request.url()));
    if request.from != Request::OUTSIDER {
        let _ = write!(text, " from {}", request.from);
    }
    match &request.credential {
        Some(Credential::Basic { user, .. }) => {
            let _ = write!(text, " as {}", String::from_utf8_lossy(user));
        }
        Some(Credential::Bearer(_)) => text += " with a bearer token",
        None => {}
    }
    for (name, value) in &request.headers {
        let (name, value) = (String::from_utf8_lossy(name), String::from_utf8_lossy(value));
        let _ = write!(text, " with {name}: {value}");
    }
    masked.text(&text).into_owned()
}

/// `lint401 trace …`: what repeats the request, fit for a shell.
fn command(request: &Request, masked: &Masked<'_>) -> String {
    let mut words = vec!["lint401 trace".to_owned()];
    if request.method != b"GET" {
        words.push(format!("-X {}", quoted(&String::from_utf8_lossy(&request.method))));
    }
    if request.from != Request::OUTSIDER {
        words.push(format!("--from {}", request.from));
    }
    if let Some(Credential::Basic { user, .. }) = &request.credential {
        words.push(format!("--user {}", quoted(&String::from_utf8_lossy(user))));
    }
    for (name, value) in &request.headers {
        let header =
            format!("{}: {}", String::from_utf8_lossy(name), String::from_utf8_lossy(value));
        words.push(format!("-H {}", quoted(&header)));
    }
    words.push(quoted(&request.url()));
    masked.text(&words.join(" ")).into_owned()
}

/// A word of a shell.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// `12 places`.
fn places(count: usize) -> String {
    if count == 1 { "1 place".to_owned() } else { format!("{count} places") }
}

/// `2 now-401, 1 now-open`.
fn tally(changes: &[Change]) -> String {
    let counts: Vec<String> = Kind::ALL
        .iter()
        .map(|kind| (changes.iter().filter(|change| change.kind == *kind).count(), kind))
        .filter(|(count, _)| *count > 0)
        .map(|(count, kind)| format!("{count} {}", kind.name()))
        .collect();
    if counts.is_empty() { "nobody's access changes".to_owned() } else { counts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn words_of_a_shell() {
        assert_eq!(quoted("http://a/b?c=d"), "'http://a/b?c=d'");
        assert_eq!(quoted("/a-b"), "/a-b");
        assert_eq!(quoted("it's"), "'it'\\''s'");
    }
}
