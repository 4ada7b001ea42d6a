//! The changes as a comment on a merge request.

use super::{Report, answer, command, exchange, meaning, places, tally};
use crate::report::markdown::{code, prose};
use std::fmt::Write as _;
use std::io::{self, Write};

/// A comment may have 65,536 characters on GitHub; changes behind this many bytes are counted.
const LONGEST: usize = 60_000;

/// Writes the changes as Markdown.
pub fn markdown(report: Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut text = format!("### lint401: {}\n", tally(report.changes));
    for (number, change) in report.changes.iter().enumerate() {
        let masked = report.new.mask.with(&change.request);
        let mut entry = String::new();
        let _ = writeln!(
            entry,
            "\n**{}** {} {} ({})\n",
            change.kind.name(),
            code(&exchange(&change.request, &masked)),
            meaning(change.kind),
            places(change.places)
        );
        for (name, half, told) in
            [("old", report.old, &change.old), ("new", report.new, &change.new)]
        {
            let masked = half.mask.with(&change.request);
            let answer = prose(&answer(change.kind, told, &masked));
            let reason = half.reason(told).map_or(String::new(), |(text, at)| {
                format!(": {} at {}", code(&text), code(&half.place(at)))
            });
            let _ = writeln!(entry, "- {name}: {answer}{reason}");
        }
        let _ = writeln!(entry, "- again: {}", code(&command(&change.request, &masked)));
        if text.len() + entry.len() > LONGEST {
            let _ = writeln!(text, "\n… and {} more", report.changes.len() - number);
            break;
        }
        text.push_str(&entry);
    }
    out.write_all(text.as_bytes())
}
