//! A relative AuthUserFile in .htaccess starts from ServerRoot, not from the folder of the .htaccess file.

use super::reading::{given, shown};
use crate::config::Presence;
use crate::config::apache::Site;
use crate::diagnostic::{Findings, Severity};

rule! {
    "apache/authuserfile-relative" {
        reads: Apache, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a relative AuthUserFile in .htaccess is looked for in ServerRoot, not beside the .htaccess file",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for (directive, reference) in site.references() {
        if !reference.relative || directive.htaccess().is_none() {
            continue;
        }
        let Some(value) = directive.arg(0) else { continue };
        let name = directive.name();
        let message = format!(
            "a relative `{name}` starts from ServerRoot, not from this folder: httpd does not find {}, asks for a login, and answers it 500",
            shown(value)
        );
        let finding =
            RULE.at(value.location()).message(message).help("write the absolute path of the file");
        let finding = match reference.found.as_ref().map(|found| &found.presence) {
            Some(Presence::Here(_)) => continue,
            Some(Presence::Missing) => finding,
            // a path with folders may be meant to start from ServerRoot
            _ if value.lossy().trim_start_matches("./").contains('/') => continue,
            _ => finding
                .severity(Severity::Warning)
                .depends_on("whether ServerRoot holds a file of this name"),
        };
        findings.push(given(finding, directive));
    }
}
