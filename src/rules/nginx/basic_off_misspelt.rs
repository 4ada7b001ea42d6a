//! Only the three letters `off` switch a login off; `Off`, `none` or an empty string are realms, and the login stays.

use super::realms::means_off;
use crate::config::nginx::{Effective, Inherited, Site};
use crate::diagnostic::{Edit, Findings, Safety, Severity};

rule! {
    "nginx/basic-off-misspelt" {
        reads: Nginx, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "auth_basic is meant to be off and is not: only the lower-case word switches it off",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let misspelt = site.occurrences("auth_basic").filter_map(|directive| {
        let value = directive.arg(0)?;
        means_off(&value.known()?).then_some((directive, value))
    });
    let mut misspelt = misspelt.peekable();
    if misspelt.peek().is_none() {
        return;
    }
    let user_file = Inherited::new(*site, "auth_basic_user_file");
    for (directive, value) in misspelt {
        let written =
            if value.decoded().is_empty() { "an empty text".into() } else { value.shown() };
        let finding = RULE
            .at(value.location())
            .message(format!(
                "{written} is a realm and not the word `off`: this place asks for a login"
            ))
            .label("a realm")
            .help("write `auth_basic off;`")
            .fix(
                Safety::Unsafe,
                "switch the login off",
                vec![Edit::replace(value.location(), "off")],
            );
        findings.push(match user_file.at(directive) {
            Effective::Set(file) => match file.arg(0) {
                Some(name) => finding
                    .related(file.words_location(), format!("asks for a user of {}", name.shown())),
                None => finding,
            },
            Effective::Unknown => finding,
            // without a password file nobody is asked
            Effective::CertainlyUnset => finding.severity(Severity::Info),
        });
    }
}
