//! A folder where nginx expects a password file: what Docker makes of a mount whose source is missing.

use crate::config::Presence;
use crate::config::nginx::Site;
use crate::config::paths;
use crate::diagnostic::Findings;
use crate::source::FileKind;

rule! {
    "nginx/user-file-directory" {
        reads: Nginx, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "auth_basic_user_file names a directory, and every login is answered 500",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for file in site.user_files() {
        let is_directory = matches!(file.reference.presence, Some(Presence::Here(meta)) if meta.kind == FileKind::Directory);
        let (Some(argument), Some(path), true) =
            (file.directive.arg(0), &file.reference.path, is_directory)
        else {
            continue;
        };
        findings.push(
            RULE.at(argument.location())
                .message(format!("{} is a directory: every login here is answered 500", paths::shown(path)))
                .label("a directory, not a file")
                .help("name a file in it; where Docker made the directory, create the file on the host before it is mounted"),
        );
    }
}
