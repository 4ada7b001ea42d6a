//! What a finding says, as plain lines for formats that have one field for it.

use super::full::exchange;
use super::text::visible;
use super::{Report, concise};
use crate::check::Reported;

/// Everything that a finding says besides its places: first the message, then a line for each thing more.
pub(super) fn lines(report: Report<'_>, reported: &Reported) -> Vec<String> {
    let finding = &reported.finding;
    let mut lines = vec![visible(&finding.message).into_owned()];
    if let Some(evidence) = &finding.evidence {
        lines.push(visible(&exchange(evidence)).into_owned());
    }
    for what in &finding.depends_on {
        lines.push(format!("depends on: {}", visible(what)));
    }
    if let Some(cause) = reported.cause {
        lines.push(format!("caused by: {}", concise::path_and_line(report, cause)));
    }
    if !finding.help.is_empty() {
        lines.push(format!("help: {}", visible(&finding.help)));
    }
    lines
}

/// The further places, a line each: `nginx.conf:3: switched on here`. Of many the first few, and how many more.
pub(super) fn places(report: Report<'_>, reported: &Reported, most: usize) -> Vec<String> {
    let related = &reported.finding.related;
    let place = |at, text: &str| {
        let place = concise::path_and_line(report, at);
        if text.is_empty() { place } else { format!("{place}: {}", visible(text)) }
    };
    let mut lines: Vec<String> =
        related.iter().take(most).map(|label| place(label.at, &label.text)).collect();
    if related.len() > most {
        lines.push(format!("and {} more places", related.len() - most));
    }
    lines
}
