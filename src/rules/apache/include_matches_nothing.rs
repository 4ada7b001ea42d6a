//! IncludeOptional says nothing when there is nothing to read, so a slip in its path goes unnoticed.

use super::reading::given;
use crate::config::apache::{Include, Outcome, Site};
use crate::config::is_leftover;
use crate::diagnostic::{Findings, Severity, near_miss};
use std::path::Path;

rule! {
    "apache/include-matches-nothing" {
        reads: Apache, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "an IncludeOptional reads nothing although a file that it may mean is there",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (directive, include) in site.includes() {
        let optional = directive.is("IncludeOptional");
        let Some(name) = directive.arg(0).filter(|_| optional) else { continue };
        let shown = name.shown();
        let (what, meant) = match &include.outcome {
            Outcome::Missing(path) => (format!("{shown} does not exist"), meant(path, include)),
            Outcome::NothingMatched(_) => {
                (format!("no file matches {shown}"), left_out(site, include))
            }
            Outcome::NoFolder(_) => (format!("the folder of {shown} does not exist"), None),
            _ => continue,
        };
        let finding = RULE
            .at(name.location())
            .message(format!("{what}: httpd reads nothing here and does not say so"));
        let finding = match meant {
            Some(file) => finding.help(format!("`{file}` is there: name it, or write Include, which minds when nothing is read")),
            None if matches!(include.outcome, Outcome::NothingMatched(_)) => continue,
            None => finding.severity(Severity::Info).help("remove the line, or write the path that is meant: a relative one starts at ServerRoot"),
        };
        findings.push(given(finding, directive));
    }
}

/// The file beside a missing one that its name is a slip for.
fn meant(missing: &Path, include: &Include) -> Option<String> {
    let name = missing.file_name()?.to_str()?;
    let names: Vec<&str> = names(include).collect();
    let stem = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    near_miss(name.as_bytes(), names.iter().copied())
        .or_else(|| names.iter().copied().find(|other| stem(other) == stem(name)))
        .map(str::to_owned)
}

/// A file beside those that a pattern is for, which nothing else reads either.
fn left_out(site: &Site<'_>, include: &Include) -> Option<String> {
    let read = |name: &str| {
        site.files().any(|(_, source, _)| source.path.file_name().is_some_and(|own| own == name))
    };
    let piece = |name: &str| {
        // notes and modules' own lines lie in such folders, too
        let ending = name.rsplit_once('.').map(|(_, ending)| ending);
        matches!(ending, None | Some("conf" | "cfg" | "inc" | "include" | "vhost" | "site" | "cnf"))
            && !name.eq_ignore_ascii_case("README")
    };
    names(include).find(|name| piece(name) && !read(name)).map(str::to_owned)
}

fn names(include: &Include) -> impl Iterator<Item = &str> {
    include
        .beside
        .iter()
        .filter_map(|path| path.file_name()?.to_str())
        .filter(|name| !is_leftover(name) && !name.starts_with('.'))
}
