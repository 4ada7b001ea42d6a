//! The changes for people: a line a cause, with what decided and what decides.

use super::{Half, Report, answer, command, exchange, meaning, places, tally};
use crate::change::{Change, Kind, Told};
use crate::report::text::{Paint, visible};
use std::io::{self, Write};

/// Writes the changes for people, in lines of about `width`.
pub fn full(report: Report<'_>, color: bool, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let paint = Paint(color);
    for change in report.changes {
        one(report, change, paint, width, out)?;
    }
    writeln!(out, "{}", paint.dim(&tally(report.changes)))
}

fn one(
    report: Report<'_>,
    change: &Change,
    paint: Paint,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let masked = report.new.mask.with(&change.request);
    let kind = paint.wrap(tint(change.kind), change.kind.name());
    let request = paint.bold(&visible(&exchange(&change.request, &masked)));
    let many = places(change.places);
    writeln!(out, "{kind} {request} {} ({many})", meaning(change.kind))?;
    for (name, half, told) in [("old", report.old, &change.old), ("new", report.new, &change.new)] {
        side(name, half, change, told, paint, width, out)?;
    }
    let again = visible(&command(&change.request, &masked)).into_owned();
    writeln!(out, "  {}\n", paint.dim(&again))
}

fn side(
    name: &str,
    half: Half<'_>,
    change: &Change,
    told: &Told,
    paint: Paint,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let masked = half.mask.with(&change.request);
    let answer = visible(&answer(change.kind, told, &masked)).into_owned();
    write!(out, "  {} {answer}", paint.field(&format!("{name}:")))?;
    if let Some((text, at)) = half.reason(told) {
        let place = half.place(at);
        let room = width.saturating_sub(10 + answer.len() + place.len()).max(20);
        let text: String = text.chars().take(room).collect();
        write!(out, "  {}", paint.dim(&format!("{place}  {}", visible(&text))))?;
    }
    writeln!(out)
}

fn tint(kind: Kind) -> &'static str {
    match kind {
        Kind::Now401 | Kind::ChallengeChanged => "33",
        Kind::Now403 => "31",
        Kind::NowError | Kind::NowOpen => "1;31",
        Kind::NowPassed | Kind::ForwardedChanged => "36",
    }
}
