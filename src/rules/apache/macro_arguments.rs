//! httpd counts: a macro is used with as many arguments as it has parameters, each with a name of its own.

use super::reading::given;
use crate::config::apache::{MacroFault, Outcome, Site, Value};
use crate::diagnostic::Findings;

rule! {
    "apache/macro-arguments" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a macro is used with other arguments than it has parameters, and httpd does not start",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (directive, include) in site.includes() {
        let Outcome::Refused(fault) = &include.outcome else { continue };
        let word = |index: usize| directive.arg(index + 1).map(Value::location);
        let all = || directive.location();
        let finding = match *fault {
            MacroFault::Undefined | MacroFault::Recursive { .. } => continue,
            MacroFault::NoName => RULE
                .at(all())
                .message("no macro is named: httpd does not start")
                .help("name the macro, or remove the line"),
            MacroFault::EmptyParameter(index) => RULE
                .at(word(index).unwrap_or_else(all))
                .message("a parameter has no name: httpd does not start")
                .help("give it a name that stands nowhere else in the macro, such as `$name`"),
            MacroFault::SameParameter(index) => RULE
                .at(word(index).unwrap_or_else(all))
                .message("two parameters of the macro have the same name: httpd does not start")
                .help("give each a name of its own"),
            MacroFault::Arguments { parameters, given, defined } => {
                let name = directive.arg(0).map(Value::shown).unwrap_or_default();
                let help = if given > parameters {
                    "give as many as it has; one that holds a blank stands in quotes, and a comment on a line of its own"
                } else {
                    "give as many as it has; an empty one is `\"\"`"
                };
                RULE.at(all())
                    .message(format!(
                        "{name} has {parameters} parameters and is used with {given} arguments: httpd does not start"
                    ))
                    .related(defined, "its parameters stand here")
                    .help(help)
            }
        };
        findings.push(given(finding, directive));
    }
}
