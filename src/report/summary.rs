//! The last line of a report for people: what was read, what was not, and so what silence means.

use super::text::{Paint, visible};
use super::{Look, Report, counted};
use crate::config::Counts;
use crate::diagnostic::Severity;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// How many unknown things are named; the rest is counted.
const UNKNOWNS_NAMED: usize = 3;

pub(super) fn write(report: Report<'_>, look: Look, out: &mut dyn Write) -> io::Result<()> {
    if look.statistics {
        statistics(report, out)?;
    }
    if look.quiet {
        return Ok(());
    }
    writeln!(out, "{}", Paint(look.color).dim(&line(report)))
}

/// `read 14 files (1 main, 11 includes, 2 .htaccess) · 3 includes not here · 2 places unknown (…) · 4 info hidden`.
pub(super) fn line(report: Report<'_>) -> String {
    let mut parts = vec![read(report.project.counts)];
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for not_read in &report.project.not_read {
        *reasons.entry(&not_read.reason).or_default() += 1;
    }
    for (reason, count) in reasons {
        // what includes say of the files that they name, in the words of somebody who looks at a checkout
        let includes = if count == 1 { "include" } else { "includes" };
        parts.push(match reason {
            "not here" => format!("{count} {includes} not here"),
            "does not exist" => format!("{count} {includes} missing"),
            _ => format!("{} not read ({})", files(count), visible(reason)),
        });
    }
    let unknown = &report.project.unknown;
    if !unknown.is_empty() {
        let named: Vec<_> = unknown.iter().take(UNKNOWNS_NAMED).map(|one| visible(one)).collect();
        let more = if unknown.len() > UNKNOWNS_NAMED { ", …" } else { "" };
        let places = if unknown.len() == 1 { "place" } else { "places" };
        parts.push(format!("{} {places} unknown ({}{more})", unknown.len(), named.join(", ")));
    }
    let cut_short = &report.outcome.cut_short;
    if !cut_short.is_empty() {
        parts.push(format!("more places than could be compared ({})", cut_short.join(", ")));
    }
    let hidden: Vec<String> = Severity::ALL
        .iter()
        .rev()
        .filter(|&&severity| report.outcome.hidden.of(severity) > 0)
        .map(|&severity| counted(report.outcome.hidden.of(severity), severity))
        .collect();
    if !hidden.is_empty() {
        parts.push(format!("{} hidden", hidden.join(", ")));
    }
    if report.outcome.suppressed > 0 {
        parts.push(format!("{} suppressed", report.outcome.suppressed));
    }
    if report.outcome.baseline > 0 {
        parts.push(format!("{} in the baseline", report.outcome.baseline));
    }
    parts.join(" · ")
}

fn files(count: usize) -> String {
    if count == 1 { "1 file".to_owned() } else { format!("{count} files") }
}

/// `read 14 files (1 main, 11 includes, 2 .htaccess)`.
fn read(counts: Counts) -> String {
    let kinds = [
        (counts.mains, "main", "mains"),
        (counts.includes, "include", "includes"),
        (counts.fragments, "fragment", "fragments"),
        (counts.htaccess, ".htaccess", ".htaccess"),
        (counts.credentials, "password file", "password files"),
    ];
    let total = counts.total();
    let named: Vec<String> = kinds
        .iter()
        .filter(|kind| kind.0 > 0)
        .map(|&(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }))
        .collect();
    if named.is_empty() {
        return format!("read {}", files(total));
    }
    format!("read {} ({})", files(total), named.join(", "))
}

/// How often each rule speaks, most often first.
pub(super) fn statistics(report: Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for reported in &report.outcome.findings {
        *counts.entry(reported.finding.rule).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|&(rule, count)| (std::cmp::Reverse(count), rule));
    let width = counts.first().map_or(0, |(_, count)| count.to_string().len());
    let name = counts.iter().map(|(rule, _)| rule.len()).max().unwrap_or(0);
    for (rule, count) in counts {
        let summary = crate::rules::find(rule).map_or("", |rule| rule.summary);
        writeln!(out, "{}", format!("{count:width$}  {rule:name$}  {summary}").trim_end())?;
    }
    Ok(())
}
