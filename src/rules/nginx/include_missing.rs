//! A file that an `include` names without a pattern must be there and be readable, or nginx does not start.

use crate::config::nginx::{Outcome, Site};
use crate::diagnostic::Findings;

rule! {
    "nginx/include-missing" {
        reads: Nginx, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "an include names a file that is not there or cannot be read, and nginx does not start",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    // what an example or an excerpt includes is on some server
    if site.lacks_shipped_files() {
        return;
    }
    for (directive, include) in site.includes() {
        let Some(name) = directive.arg(0) else { continue };
        let (why, help) = match &include.outcome {
            Outcome::Missing => ("does not exist".to_owned(), "write the path that is meant: a relative one starts at the folder of nginx.conf, whatever file it stands in".to_owned()),
            Outcome::Unreadable(path, error) => {
                let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                (format!("cannot be read: `{file}`: {error}"), "name a readable file".to_owned())
            }
            _ => continue,
        };
        findings.push(
            RULE.at(name.location())
                .message(format!("{} {why}, and nginx does not start", name.shown()))
                .help(help),
        );
    }
}
