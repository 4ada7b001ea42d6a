//! The story for people: what happens to the request, in its order, each thing with the line that decides it; and at the
//! end what the client gets and why.

use super::{Masked, Trace, words};
use crate::policy::answer::{Answer, Authorization, Handler, Outcome, Step, possible};
use crate::policy::request::Request;
use crate::report::text::{Paint, visible, wrap};
use crate::source::Location;
use std::io::{self, Write};

/// What nginx and httpd call their answers.
const REASONS: [(u16, &str); 30] = [
    (200, "OK"),
    (201, "Created"),
    (204, "No Content"),
    (206, "Partial Content"),
    (301, "Moved Permanently"),
    (302, "Found"),
    (303, "See Other"),
    (304, "Not Modified"),
    (307, "Temporary Redirect"),
    (308, "Permanent Redirect"),
    (400, "Bad Request"),
    (401, "Unauthorized"),
    (402, "Payment Required"),
    (403, "Forbidden"),
    (404, "Not Found"),
    (405, "Method Not Allowed"),
    (406, "Not Acceptable"),
    (407, "Proxy Authentication Required"),
    (409, "Conflict"),
    (410, "Gone"),
    (411, "Length Required"),
    (412, "Precondition Failed"),
    (413, "Content Too Large"),
    (421, "Misdirected Request"),
    (429, "Too Many Requests"),
    (500, "Internal Server Error"),
    (501, "Not Implemented"),
    (502, "Bad Gateway"),
    (503, "Service Unavailable"),
    (504, "Gateway Timeout"),
];

/// Writes a trace for people, in lines of `width` where words allow it.
pub fn full(trace: Trace<'_>, color: bool, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let masked = trace.masked();
    let answer = &trace.prediction.answer;
    let names = answer.steps.iter().map(|step| step.phase.len()).max().unwrap_or_default();
    let mut story =
        Story { trace, masked: &masked, paint: Paint(color), width, column: names + 2, out };
    story.request()?;
    story.steps(&answer.steps)?;
    story.outcome()
}

/// A trace that is being written.
struct Story<'t, 'o> {
    trace: Trace<'t>,
    masked: &'t Masked<'t>,
    paint: Paint,
    width: usize,
    /// The column in which what happens begins.
    column: usize,
    out: &'o mut dyn Write,
}

impl Story<'_, '_> {
    /// Text of others, fit to be shown.
    fn shown(&self, text: &str) -> String {
        visible(&self.masked.text(text)).into_owned()
    }

    /// `conf/nginx.conf:12`.
    fn place(&self, at: Location) -> String {
        let at = self.trace.project.sources.written(at);
        let file = self.trace.project.sources.get(at.file);
        format!("{}:{}", visible(&file.name), file.position(at.span.start).line)
    }

    /// What is asked, by whom.
    fn request(&mut self) -> io::Result<()> {
        let Trace { request, url, .. } = self.trace;
        let method = self.shown(&String::from_utf8_lossy(&request.method));
        let url = visible(&self.masked.url(url)).into_owned();
        let title = self.paint.bold(&format!("{method} {url}"));
        writeln!(self.out, "{title} from {}{}", request.from, who(request))?;
        if self.trace.prediction.outcome.is_none() && !self.trace.prediction.answer.steps.is_empty()
        {
            writeln!(self.out, "{}", self.paint.dim("one of the ways that it can go:"))?;
        }
        writeln!(self.out)
    }

    fn steps(&mut self, steps: &[Step]) -> io::Result<()> {
        let mut before: Option<(&str, u8)> = None;
        for step in steps {
            let is_new = before != Some((step.phase, step.depth));
            before = Some((step.phase, step.depth));
            self.step(step, is_new)?;
        }
        if steps.is_empty() { Ok(()) } else { writeln!(self.out) }
    }

    fn step(&mut self, step: &Step, is_new: bool) -> io::Result<()> {
        let bars = "│ ".repeat(usize::from(step.depth));
        let bars = self.paint.dim(&bars);
        let indent = 2 * usize::from(step.depth) + self.column;
        let room = self.width.saturating_sub(indent).max(20);
        let name = if is_new { step.phase } else { "" };
        let label = self.paint.field(name) + &" ".repeat(self.column - name.len());
        let text = self.shown(&step.text);
        let mut lines = wrap(&text, room, 0).into_iter();
        let first = lines.next().unwrap_or_default();
        writeln!(self.out, "{bars}{label}{first}")?;
        let blank = " ".repeat(self.column);
        for line in lines {
            writeln!(self.out, "{bars}{blank}{line}")?;
        }
        let Some(at) = step.at else { return Ok(()) };
        let words = self.masked.text(&words(self.trace.project, at)).into_owned();
        let place = self.place(at);
        // the place is what an editor opens: it stays whole
        let room = room.saturating_sub(place.chars().count() + 2).max(12);
        let cited = format!("{place}  {}", cut(&words, room));
        writeln!(self.out, "{bars}{blank}{}", self.paint.dim(&cited))
    }

    /// What the client gets, and why.
    fn outcome(&mut self) -> io::Result<()> {
        let prediction = self.trace.prediction;
        let answer = &prediction.answer;
        let told = match prediction.outcome {
            Some(outcome) => told(outcome),
            None => format!("unknown: {}", self.alternatives()),
        };
        let because = answer.decided.filter(|_| prediction.outcome.is_some());
        let because = because.and_then(|step| answer.steps.get(step));
        let why = because.map_or(String::new(), |step| {
            let place = step.at.map_or(String::new(), |at| format!(" ({})", self.place(at)));
            format!(": {}{place}", self.shown(&step.text))
        });
        let used = 2 + told.chars().count();
        let title = self.paint.bold(&told);
        let mut lines = wrap(&why, self.width.saturating_sub(2), used).into_iter();
        writeln!(self.out, "→ {title}{}", lines.next().unwrap_or_default())?;
        for line in lines {
            writeln!(self.out, "  {line}")?;
        }
        if let Some(challenge) = &answer.challenge
            && matches!(prediction.outcome, Some(Outcome::Answered(_)))
        {
            let challenge = self.shown(challenge);
            self.field("challenge", &challenge)?;
        }
        if let Some(sent) = self.authorization(answer) {
            self.field("Authorization", &sent)?;
        }
        for cause in &prediction.unknown {
            let place = cause.at.map_or(String::new(), |at| format!(" ({})", self.place(at)));
            let text = self.shown(&cause.text) + &place;
            self.field("depends on", &text)?;
        }
        Ok(())
    }

    fn field(&mut self, name: &str, text: &str) -> io::Result<()> {
        let indent = name.len() + 4;
        let mut lines = wrap(text, self.width.saturating_sub(indent), 0).into_iter();
        let name = self.paint.field(&format!("{name}:"));
        writeln!(self.out, "  {name} {}", lines.next().unwrap_or_default())?;
        for line in lines {
            writeln!(self.out, "{:indent$}{line}", "")?;
        }
        Ok(())
    }

    /// `401 Unauthorized, 403 Forbidden or passed to its handler`.
    fn alternatives(&self) -> String {
        let (statuses, passes) = possible(&self.trace.prediction.possible);
        let mut all: Vec<String> = statuses.into_iter().map(status).collect();
        if passes {
            all.push("passed to its handler".to_owned());
        }
        let last = all.pop().unwrap_or_default();
        if all.is_empty() { last } else { format!("{} or {last}", all.join(", ")) }
    }

    /// What the handler gets as Authorization; `None` where nothing is handed on.
    fn authorization(&self, answer: &Answer) -> Option<String> {
        let is_handed_on = |outcome: &Outcome| matches!(outcome, Outcome::Passed(handler) if !matches!(handler, Handler::File));
        if !self.trace.prediction.possible.iter().any(is_handed_on) {
            return None;
        }
        let forwarded = answer.forwarded;
        let text = match forwarded.authorization {
            Authorization::Absent => "none is sent on",
            Authorization::Client => "sent on as the client sent it",
            Authorization::Literal => "set by the configuration",
            Authorization::Dropped => "sent by the client, and dropped",
            Authorization::Unknown => "not known",
        };
        let place = forwarded.set_at.map_or(String::new(), |at| format!(" ({})", self.place(at)));
        Some(format!("{text}{place}"))
    }
}

/// ` as alice`: what the client proves itself with.
fn who(request: &Request) -> String {
    match &request.credential {
        Some(crate::policy::request::Credential::Basic { user, .. }) => {
            format!(" as {}", visible(&String::from_utf8_lossy(user)))
        }
        Some(crate::policy::request::Credential::Bearer(_)) => " with a bearer token".to_owned(),
        None => String::new(),
    }
}

fn told(outcome: Outcome) -> String {
    match outcome {
        Outcome::Answered(number) => status(number),
        Outcome::Passed(Handler::File) => "passed, and the file is served".to_owned(),
        Outcome::Passed(handler) => format!("passed to its handler ({})", handler.name()),
        Outcome::Anything => "unknown".to_owned(),
    }
}

fn status(number: u16) -> String {
    if number == 0 {
        return "the connection is closed without an answer".to_owned();
    }
    let reason = REASONS.iter().find(|(known, _)| *known == number);
    reason.map_or_else(|| number.to_string(), |(_, reason)| format!("{number} {reason}"))
}

/// `text` in at most `room` characters.
fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room.saturating_sub(2)).collect::<String>().trim_end().to_owned() + " …"
}
