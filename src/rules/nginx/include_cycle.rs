//! A file that includes itself, or one that includes it: nginx reads in circles until it can open no more files.

use crate::config::glob::is_pattern;
use crate::config::nginx::{Outcome, Site};
use crate::diagnostic::Findings;

rule! {
    "nginx/include-cycle" {
        reads: Nginx, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "an include leads back to the file that it stands in",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (directive, include) in site.includes() {
        let Some(name) = directive.arg(0) else { continue };
        let finding = RULE.at(name.location());
        findings.push(match include.outcome {
            // a pattern that cannot be expanded for want of descriptors matches nothing, which is no error
            Outcome::Cycle if is_pattern(&name.decoded()) => finding
                .message(format!(
                    "{} takes in the file that it stands in: nginx crashes, or reads the same files hundreds of times until it can open no more",
                    name.shown()
                ))
                .help("keep this file in another folder than those that it includes"),
            Outcome::Cycle => finding
                .message(format!(
                    "{} leads back to this file: nginx reads in circles until it can open no more files, and does not start",
                    name.shown()
                ))
                .help("remove the line, or put what both files need into a third one"),
            Outcome::TooMany => finding
                .message(format!("so many files include each other that reading stopped at {}", name.shown()))
                .help("include each file where it is needed, once"),
            _ => continue,
        });
    }
}
