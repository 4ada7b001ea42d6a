//! A password or group file that the workers may not open.

use super::reading::given;
use crate::config::apache::Site;
use crate::config::paths;
use crate::diagnostic::{Effect, Findings};

rule! {
    "apache/authuserfile-permissions" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "httpd's workers may not open the password or group file, and every login fails",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (directive, reference) in site.references() {
        let denied = reference.found.as_ref().and_then(|found| found.denied.as_ref());
        let (Some(value), Some(denied)) = (directive.arg(0), denied) else { continue };
        let denied = paths::shown(denied);
        let finding = RULE.at(value.location());
        let finding = if directive.is("AuthGroupFile") || directive.is("AuthDBMGroupFile") {
            finding.effect(Effect::Unwanted401).message(format!(
                "the account that httpd's workers run as may not open {denied}: nobody is in any group, and right passwords are answered 401 again"
            ))
        } else {
            finding.message(format!(
                "the account that httpd's workers run as may not open {denied}: httpd asks for a login, and answers it 500"
            ))
        };
        let help = "let the group of the workers read the file, and enter its folders: `chgrp www-data`, `chmod 640`";
        findings.push(given(finding.help(help), directive));
    }
}
