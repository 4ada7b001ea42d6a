//! A program that DefineExternalAuth names and that is not there: to httpd, every password is wrong.

use super::reading::given;
use crate::config::Presence;
use crate::config::apache::Site;
use crate::config::paths;
use crate::diagnostic::Findings;

rule! {
    "apache/external-program-missing" {
        reads: Apache, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "the program that checks logins does not exist, and every password is answered 401",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (directive, program) in site.programs() {
        let Some(found) = program.found.as_ref().filter(|it| it.presence == Presence::Missing)
        else {
            continue;
        };
        let Some(value) = directive.args().nth(2) else { continue };
        let finding = RULE
            .at(value.location())
            .message(format!(
                "{} does not exist: whoever logs in is answered 401, as if every password were wrong",
                paths::shown(&found.path)
            ))
            .label("names the program")
            .help("install the program, or write the path of the one that is meant");
        findings.push(given(finding, directive));
    }
}
