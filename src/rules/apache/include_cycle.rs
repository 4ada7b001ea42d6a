//! A file that includes itself, or one that includes it.

use super::reading::given;
use crate::config::apache::{Outcome, Site};
use crate::diagnostic::Findings;

rule! {
    "apache/include-cycle" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "an Include leads back to the file that it stands in, and httpd does not start",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (directive, include) in site.includes() {
        let Some(name) = directive.arg(0) else { continue };
        let finding = RULE.at(name.location());
        let finding = match &include.outcome {
            Outcome::Cycle(file) => {
                let file = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
                finding
                    .message(format!("{} leads back to `{file}`, which is being read: httpd gives up at 128 files inside each other and does not start", name.shown()))
                    .help("remove the line, or put what both files need into a third one")
            }
            Outcome::TooMany => finding
                .message(format!(
                    "so many files include each other that reading stopped at {}",
                    name.shown()
                ))
                .help("include each file where it is needed, once"),
            _ => continue,
        };
        findings.push(given(finding, directive));
    }
}
