//! A pattern that matches no file is no error for nginx: what was to be included is simply not there.

use crate::config::nginx::{Directive, Outcome, Site};
use crate::diagnostic::{Findings, Severity};
use crate::grammar::nginx::Contexts;

rule! {
    "nginx/include-matches-nothing" {
        reads: Nginx, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "the pattern of an include matches no file, which nginx takes without a word",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (directive, include) in site.includes() {
        let Some(pattern) = directive.arg(0) else { continue };
        // `snippet[.]conf` is how people write that a file may be absent
        if pattern.decoded().ends_with(b"[.]conf") {
            continue;
        }
        let finding = RULE.at(pattern.location());
        findings.push(match &include.outcome {
            Outcome::NothingMatched(Some(file)) => {
                let file = file.file_name().unwrap_or_default().to_string_lossy();
                finding
                    .message(format!("no file matches {}: nginx reads nothing here and does not say so", pattern.shown()))
                    .help(format!("write a pattern that matches the files in that folder, such as `{file}`, or rename them"))
            }
            Outcome::NothingMatched(None) => finding
                .severity(Severity::Info)
                .message(format!("the folder of {} holds no file for it", pattern.shown()))
                .help("put a file there, or remove the line"),
            Outcome::NoFolder => {
                let finding = finding
                    .message(format!("the folder of {} does not exist: nginx reads nothing here and does not say so", pattern.shown()))
                    .help("write the path of the folder that is meant; a relative one starts at the folder of nginx.conf");
                // packages name folders for what an administrator may add: at the top, or with their full path
                let own = is_in_server(directive) && !pattern.decoded().starts_with(b"/");
                let own = own && !site.lacks_shipped_files();
                if own { finding } else { finding.severity(Severity::Info) }
            }
            _ => continue,
        });
    }
}

/// Whether it certainly stands in a server or location, whose settings it was to bring.
fn is_in_server(directive: Directive<'_>) -> bool {
    let inside = Contexts::SERVER.or(Contexts::LOCATION);
    let contexts = directive.contexts();
    contexts.meets(inside) && contexts.and(inside) == contexts
}
