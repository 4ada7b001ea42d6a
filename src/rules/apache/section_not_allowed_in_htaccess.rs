//! A .htaccess file is a section of its own: <Directory>, <Location> and their like have no place in it.

use super::htaccess::is_fatal;
use super::reading::given;
use crate::config::apache::{Condition, Site};
use crate::diagnostic::Findings;
use crate::grammar::apache::Overrides;

rule! {
    "apache/section-not-allowed-in-htaccess" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a section of the server's configuration stands in .htaccess: every request there is answered 500",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (directive, contexts) in site.placed_in_htaccess() {
        let Some(known) = directive.known().filter(|_| contexts.htaccess) else { continue };
        if !known.section || !known.is_core() || known.overrides() != Overrides::NONE {
            continue;
        }
        if !directive.is_as_written()
            || !is_fatal(directive, known)
            || directive.condition() == Condition::No
        {
            continue;
        }
        let help = match known.name {
            "Directory" | "DirectoryMatch" => {
                "leave the section's lines out: the file is about its folder anyway; a folder below has its own .htaccess"
            }
            "Location" | "LocationMatch" => {
                "write <Files> or <If> for a part of the folder, or move the section into the server's configuration"
            }
            _ => "move it into the server's configuration",
        };
        let finding = RULE
            .at(directive.location())
            .message(format!(
                "<{}> is not allowed in .htaccess: every request to the folder is answered 500",
                known.name
            ))
            .label("not allowed here")
            .help(help);
        findings.push(given(finding, directive));
    }
}
