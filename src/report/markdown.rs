//! Markdown for a comment on a merge request. What a configuration says is shown as text: it forms no link, calls nobody
//! and hides nothing.

use super::patch::{self, Change};
use super::text::visible;
use super::{Report, concise, counted, full, summary, words};
use crate::check::Reported;
use crate::diagnostic::Severity;
use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

/// A comment may have 65,536 characters on GitHub; findings behind this many bytes are counted.
const LONGEST: usize = 60_000;

/// How many further places of a finding are named.
const PLACES: usize = 8;

pub(super) fn write(report: Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut text = format!("### lint401: {}\n", found(report));
    for trouble in &report.project.errors {
        let (path, message) = (code(&trouble.path), prose(&trouble.message));
        let _ = writeln!(text, "\n- **not read** {path}: {message}");
    }
    let findings = &report.outcome.findings;
    for (number, reported) in findings.iter().enumerate() {
        let entry = entry(report, reported);
        if text.len() + entry.len() > LONGEST {
            let _ = writeln!(text, "\n… and {} more", findings.len() - number);
            break;
        }
        text.push_str(&entry);
    }
    writeln!(out, "{text}\n<sub>{}</sub>", prose(&summary::line(report)))
}

/// `1 error, 2 warnings`.
fn found(report: Report<'_>) -> String {
    let tally = report.outcome.reported;
    let severities = Severity::ALL.iter().rev().filter(|&&severity| tally.of(severity) > 0);
    let counts: Vec<_> =
        severities.map(|&severity| counted(tally.of(severity), severity)).collect();
    if counts.is_empty() { "no findings".to_owned() } else { counts.join(", ") }
}

/// One finding: what is wrong, and folded below it the rest.
fn entry(report: Report<'_>, reported: &Reported) -> String {
    let finding = &reported.finding;
    let mut text = String::from("\n");
    let (severity, rule) = (finding.severity.name(), finding.rule);
    let place = code(&concise::place(report, finding.primary.at));
    // on one line with the rest, no message begins a list or a heading
    let (url, message) = (crate::rules::url(rule), prose(&finding.message));
    let _ = writeln!(text, "**{severity}** [{rule}]({url}) at {place}<br>{message}");
    let more = details(report, reported);
    if !more.is_empty() {
        let _ = writeln!(text, "\n<details><summary>why, and what to write instead</summary>\n");
        let _ = writeln!(text, "{more}\n</details>");
    }
    text
}

/// What is folded: a list, and the fix as a patch.
fn details(report: Report<'_>, reported: &Reported) -> String {
    let finding = &reported.finding;
    let mut text = String::new();
    if let Some(evidence) = &finding.evidence {
        let _ = writeln!(text, "- request: {}", code(&full::exchange(evidence)));
    }
    if let Some(scopes) = full::scopes(finding) {
        let _ = writeln!(text, "- in: {}", prose(&scopes));
    }
    for place in words::places(report, reported, PLACES) {
        let _ = writeln!(text, "- see {}", prose(&place));
    }
    for what in &finding.depends_on {
        let _ = writeln!(text, "- depends on: {}", prose(what));
    }
    if let Some(cause) = reported.cause {
        let _ = writeln!(text, "- caused by {}", code(&concise::path_and_line(report, cause)));
    }
    if !finding.help.is_empty() {
        let _ = writeln!(text, "- help: {}", prose(&finding.help));
    }
    if let Some(fix) = finding.fixes.first() {
        let _ = writeln!(text, "- fix ({}): {}", fix.safety.name(), prose(&fix.title));
        let lines = patch::lines(report.project, fix, finding.primary.at.file);
        let lines: Vec<String> = lines
            .into_iter()
            .map(|line| match line.change {
                Change::Same => format!("  {}", line.text),
                Change::Removed => format!("- {}", line.text),
                Change::Added => format!("+ {}", line.text),
                Change::Note => format!("# {}", line.text),
            })
            .collect();
        let fence = fence(&lines);
        let _ = writeln!(text, "\n{fence}diff\n{}\n{fence}", lines.join("\n"));
    }
    text
}

/// Back ticks enough for none of the lines to end what they open.
fn fence(lines: &[String]) -> String {
    "`".repeat(longest_run(lines.iter().map(String::as_str)).max(2) + 1)
}

/// The longest run of back ticks.
fn longest_run<'t>(texts: impl Iterator<Item = &'t str>) -> usize {
    let runs = texts.flat_map(|text| text.split(|c| c != '`').map(str::len));
    runs.max().unwrap_or(0)
}

/// `text` as code, whatever it holds.
pub(super) fn code(text: &str) -> String {
    let text = visible(text);
    let ticks = "`".repeat(longest_run(std::iter::once(&*text)) + 1);
    let blank = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{blank}{text}{blank}{ticks}")
}

/// A sentence of ours: what stands between back ticks is code, all else is text and nothing else.
pub(super) fn prose(text: &str) -> String {
    let text = visible(text);
    let parts: Vec<&str> = text.split('`').collect();
    // a back tick without another one is a back tick
    if parts.len().is_multiple_of(2) {
        return escaped(&text).into_owned();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for (number, part) in parts.into_iter().enumerate() {
        if number % 2 == 0 {
            out.push_str(&escaped(part));
        } else if part.is_empty() {
            out.push_str("&#96;&#96;");
        } else {
            out.push_str(&code(part));
        }
    }
    out
}

/// `text` with everything that Markdown or HTML would take for more than text written as a character's number.
fn escaped(text: &str) -> Cow<'_, str> {
    let is_special = |c: char| "\\`*_{}[]()<>#!|~&@$".contains(c);
    // a scheme makes a link of its own
    if !text.contains(is_special) && !text.contains("://") && !text.contains("www.") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        let links =
            c == ':' && text[at..].starts_with("://") || c == '.' && text[..at].ends_with("www");
        let inside_word = c == '_'
            && text[..at].ends_with(char::is_alphanumeric)
            && text[at + 1..].starts_with(char::is_alphanumeric);
        if links || is_special(c) && !"()".contains(c) && !inside_word {
            let _ = write!(out, "&#{};", u32::from(c));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::{code, fence, prose};

    #[test]
    fn text_is_text() {
        assert_eq!(prose("`Off` is a realm"), "`Off` is a realm");
        assert_eq!(prose("see @all and #1 <b>"), "see &#64;all and &#35;1 &#60;b&#62;");
        assert_eq!(prose("[a](http://b)"), "&#91;a&#93;(http&#58;//b)");
        assert_eq!(prose("one ` alone"), "one &#96; alone");
    }

    #[test]
    fn code_ends_where_it_should() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(fence(&["x ```` y".to_owned()]), "`````");
        assert_eq!(fence(&[]), "```");
    }
}
