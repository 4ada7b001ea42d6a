//! A login in an `<IfDefine>` whose name nothing defines.

use super::guards::lonely_login;
use super::reading::{read_sections, shown};
use crate::config::apache::{Form, Site, Truth};
use crate::diagnostic::Findings;

rule! {
    "apache/ifdefine-guards-auth" {
        reads: Apache, severity: Warning, effect: NotEnforced, since: "0.1.0",
        summary: "a login stands in an <IfDefine> whose name nothing here defines: httpd skips it unless it is started with that name",
    }
}

/// Words of names that tell one surrounding from another: there the login is for some of them only.
const SURROUNDINGS: [&str; 14] = [
    "dev", "stag", "test", "debug", "local", "demo", "preview", "beta", "qa", "uat", "prod",
    "live", "docker", "ci",
];

fn check(site: &Site<'_>, findings: &mut Findings) {
    if site.data.form != Form::Main || site.includes_unknown() {
        return;
    }
    for section in read_sections(site, "IfDefine") {
        let Some(word) = section.arg(0) else { continue };
        let Some(name) = word.known() else { continue };
        let undefined = match section.truth() {
            Some(Truth::If(literal)) => literal.holds && !name.starts_with(b"!"),
            _ => false,
        };
        let text = String::from_utf8_lossy(&name).to_ascii_lowercase();
        if !undefined || SURROUNDINGS.iter().any(|part| text.contains(part)) {
            continue;
        }
        let mut definitions = site.directives("Define");
        if definitions.any(|define| define.arg(0).is_some_and(|word| word.is(&name))) {
            continue;
        }
        let Some(login) = lonely_login(section) else { continue };
        let finding = RULE
            .at(section.location())
            .label("is not defined")
            .message(format!(
                "nothing here defines {}: httpd skips the login in this section, and nobody has to log in",
                shown(word)
            ))
            .related(login.location(), "is not read")
            .help(format!("remove <IfDefine> and </IfDefine>, or add `Define {}` above", String::from_utf8_lossy(&name)))
            .depends_on(format!("whether httpd is started with `-D {}`", String::from_utf8_lossy(&name)));
        findings.push(finding);
    }
}
