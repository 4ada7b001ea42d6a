//! A macro that stands in what it makes would never end.

use super::reading::given;
use crate::config::apache::{MacroFault, Outcome, Site, Value};
use crate::diagnostic::Findings;

rule! {
    "apache/macro-recursive" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a macro is used in its own body, and httpd does not start",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (directive, include) in site.includes() {
        let Outcome::Refused(MacroFault::Recursive { defined }) = include.outcome else { continue };
        let name = directive.arg(0).map(Value::shown).unwrap_or_default();
        let finding = RULE
            .at(directive.location())
            .message(format!("{name} is used while it is being expanded: httpd does not start"))
            .related(defined, "the macro is defined here")
            .help("remove the line, or put what both need into a macro of its own");
        findings.push(given(finding, directive));
    }
}
