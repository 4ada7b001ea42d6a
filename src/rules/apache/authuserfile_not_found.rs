//! A password or group file that is not there.

use super::reading::given;
use crate::config::Presence;
use crate::config::apache::Site;
use crate::config::paths;
use crate::diagnostic::{Effect, Findings};

rule! {
    "apache/authuserfile-not-found" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "the password or group file does not exist, and every login fails",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (directive, reference) in site.references() {
        let htaccess = reference.relative && directive.htaccess().is_some();
        let missing = reference.found.as_ref().filter(|found| found.presence == Presence::Missing);
        if htaccess {
            continue;
        }
        let (Some(value), Some(path)) = (directive.arg(0), missing.map(|found| &found.path)) else {
            continue;
        };
        // dbm files have further extensions, by kind
        if directive.is("AuthDBMUserFile") || directive.is("AuthDBMGroupFile") {
            continue;
        }
        let path = paths::shown(path);
        let finding = RULE.at(value.location());
        let finding = if directive.is("AuthGroupFile") {
            finding.effect(Effect::Unwanted401).message(format!(
                "{path} does not exist: nobody is in any group, and right passwords are answered 401 again"
            ))
        } else {
            finding.message(format!(
                "{path} does not exist: httpd asks for a login, and answers it 500"
            ))
        };
        findings
            .push(given(finding.help("create the file, or name the one that is meant"), directive));
    }
}
