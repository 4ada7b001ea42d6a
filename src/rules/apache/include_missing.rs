//! Without a file for each Include httpd does not start; IncludeOptional is there for what may be absent.

use super::reading::given;
use crate::config::apache::{Outcome, Site};
use crate::diagnostic::Findings;

rule! {
    "apache/include-missing" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "an Include names a file that is not there or cannot be read, and httpd does not start",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (directive, include) in site.includes() {
        let Some(name) = directive.arg(0).filter(|_| directive.is("Include")) else { continue };
        let shown = name.shown();
        let what = match &include.outcome {
            Outcome::Missing(_) => format!("{shown} does not exist"),
            Outcome::Dangling(link) => {
                let link = link.file_name().unwrap_or_default().to_string_lossy();
                format!("{shown} cannot be read: the link `{link}` leads nowhere")
            }
            Outcome::NoFolder(_) => format!("the folder of {shown} does not exist"),
            Outcome::NothingMatched(_) => format!("no file matches {shown}"),
            Outcome::Unreadable(path, error) => {
                let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                format!("{shown} cannot be read: `{file}`: {error}")
            }
            _ => continue,
        };
        let finding = RULE
            .at(name.location())
            .message(format!("{what}: httpd does not start"))
            .help("write the path that is meant, a relative one starts at ServerRoot; IncludeOptional takes what may be absent");
        findings.push(given(finding, directive));
    }
}
