//! A password file that the workers may not open: they run as another user than `nginx -t`.

use crate::config::Presence;
use crate::config::nginx::Site;
use crate::config::paths;
use crate::diagnostic::Findings;

rule! {
    "nginx/user-file-unreadable" {
        reads: Nginx, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "the workers may not read auth_basic_user_file, and every login is answered 500",
    }
}

/// The permission of the group: with an access control list it is the list's mask, and says nothing of the group.
const GROUP_READS: u32 = 0o040;

fn check(site: &Site<'_>, findings: &mut Findings) {
    for file in site.user_files() {
        let (Some(argument), Some(path), Some(denied)) =
            (file.directive.arg(0), &file.reference.path, &file.reference.denied)
        else {
            continue;
        };
        let is_file = denied.file_name() == path.file_name();
        let what = if is_file {
            format!("may not read {}", paths::shown(path))
        } else {
            let folder =
                denied.file_name().map_or(denied.to_string_lossy(), |name| name.to_string_lossy());
            format!("may not enter the folder {folder} to read {}", paths::shown(path))
        };
        let finding = RULE
            .at(argument.location())
            .message(format!("the workers {what}: every login here is answered 500"))
            .label("opened by the workers' user, not by root")
            .help(if is_file {
                "give the file to the workers' group: `chgrp www-data FILE && chmod 640 FILE`"
            } else {
                "let the workers' user enter every folder above the file: `chmod o+x FOLDER`"
            });
        let listed = matches!(file.reference.presence, Some(Presence::Here(meta)) if meta.owner.is_some_and(|owner| owner.mode & GROUP_READS != 0));
        findings.push(if is_file && listed {
            finding.depends_on("whether an access control list lets the workers' user read it")
        } else {
            finding
        });
    }
}
