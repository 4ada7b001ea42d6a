//! The changes as annotations of GitHub's workflow runner, at the directives that decide now.

use super::{Report, answer, command, exchange, meaning, places};
use crate::change::Kind;
use crate::report::github::{data, property};
use crate::report::text::visible;
use std::io::{self, Write};

/// Writes an annotation a change.
pub fn github(report: Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for change in report.changes {
        let masked = report.new.mask.with(&change.request);
        let level = match change.kind {
            Kind::Now401 | Kind::Now403 | Kind::NowError | Kind::NowOpen => "warning",
            Kind::NowPassed | Kind::ChallengeChanged | Kind::ForwardedChanged => "notice",
        };
        let place = report.new.reason(&change.new).map_or(String::new(), |(_, at)| {
            let at = report.new.project.sources.written(at);
            let file = report.new.project.sources.get(at.file);
            let line = file.position(at.span.start).line;
            format!(" file={},line={line},", property(&visible(&file.name)))
        });
        let place = if place.is_empty() { " " } else { &place };
        let was = answer(change.kind, &change.old, &report.old.mask.with(&change.request));
        let is = answer(change.kind, &change.new, &masked);
        let decided = report.old.reason(&change.old).map_or(String::new(), |(text, at)| {
            format!("; before, `{text}` at {}", report.old.place(at))
        });
        let text = format!(
            "{} {}: {was} → {is} ({}){decided}\n{}",
            exchange(&change.request, &masked),
            meaning(change.kind),
            places(change.places),
            command(&change.request, &masked)
        );
        let lines: Vec<_> = text.lines().map(|line| visible(line).into_owned()).collect();
        writeln!(
            out,
            "::{level}{place}title={}::{}",
            property(change.kind.name()),
            data(&lines.join("\n"))
        )?;
    }
    Ok(())
}
