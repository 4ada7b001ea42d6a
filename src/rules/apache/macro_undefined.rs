//! A macro is there from its section on, to the end of what httpd reads or to an UndefMacro.

use super::reading::{given, read_sections};
use crate::config::apache::{Directive, MacroFault, Outcome, Site};
use crate::diagnostic::{Findings, near_miss};

rule! {
    "apache/macro-undefined" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "Use names a macro that is not defined above it, and httpd does not start",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (directive, include) in site.includes() {
        if include.outcome != Outcome::Refused(MacroFault::Undefined) {
            continue;
        }
        let Some(name) = directive.arg(0) else { continue };
        let finding = RULE.at(name.location()).message(format!(
            "no macro {} is defined above this line: httpd does not start",
            name.shown()
        ));
        let wanted = name.known().unwrap_or_default().to_ascii_lowercase();
        let definition =
            read_sections(site, "Macro").find(|one| one.says(&wanted) && !one.is_in_template());
        let finding = if let Some(one) = definition {
            finding
                .related(one.location(), "it is defined here")
                .help("move the section of the macro before the first line that uses it")
        } else {
            let named = |one: Directive<'_>| Some(one.arg(0)?.lossy());
            let names: Vec<String> = read_sections(site, "Macro").filter_map(named).collect();
            let meant = near_miss(&wanted, names.iter().map(String::as_str));
            finding.help(match meant {
                Some(meant) => format!("write `{meant}`, if that is what you mean"),
                None => {
                    "define it above in a section `<Macro name>`, or remove the line".to_owned()
                }
            })
        };
        findings.push(given(finding, directive));
    }
}
