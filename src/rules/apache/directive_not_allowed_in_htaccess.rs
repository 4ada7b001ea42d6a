//! A directive that belongs into the server's configuration stands in .htaccess: whatever AllowOverride says, the file is an error.

use super::htaccess::is_fatal;
use super::reading::given;
use crate::config::apache::{Condition, Site};
use crate::diagnostic::Findings;
use crate::grammar::apache::Overrides;

rule! {
    "apache/directive-not-allowed-in-htaccess" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a directive of the server's configuration stands in .htaccess: every request there is answered 500",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (directive, contexts) in site.placed_in_htaccess() {
        let Some(known) = directive.known().filter(|_| contexts.htaccess) else { continue };
        let container = directive.refused_by();
        let is_of_server =
            !known.section && known.is_core() && known.overrides() == Overrides::NONE;
        if !directive.is_as_written()
            || container.is_none() && !is_of_server
            || !is_fatal(directive, known)
            || directive.condition() == Condition::No
        {
            continue;
        }
        let name = if known.section { format!("<{}>", known.name) } else { known.name.to_owned() };
        let finding = RULE.at(directive.location()).label("not allowed here");
        let finding = match container {
            Some(container) => finding
                .message(format!(
                    "{name} is not allowed in <{}>: every request to the folder is answered 500",
                    container.name()
                ))
                .related(container.location(), "in this container")
                .help(format!("write it outside of <{}>", container.name())),
            None => finding
                .message(format!(
                    "{name} is not allowed in .htaccess: every request to the folder is answered 500"
                ))
                .help("move it into the server's configuration"),
        };
        findings.push(given(finding, directive));
    }
}
