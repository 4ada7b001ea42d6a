//! A password file that is not there: nginx opens it when somebody logs in, and answers 403.

use crate::config::Presence;
use crate::config::nginx::{Site, UserFile};
use crate::config::paths;
use crate::diagnostic::Findings;
use crate::rules::typography::quote_at_start;

rule! {
    "nginx/user-file-missing" {
        reads: Nginx, severity: Error, effect: Unwanted403, since: "0.1.0",
        summary: "auth_basic_user_file names a file that does not exist, and every login is answered 403",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let files = site.user_files();
    let missing = |file: &&UserFile<'_>| {
        // a file that lies where people take the base for is another mistake, and so are quotes of a book
        file.directive.arg(0).is_none_or(|name| quote_at_start(name.raw()).is_none())
            && file.reference.presence == Some(Presence::Missing)
            && file.reference.instead.is_none()
    };
    // the names of `$host` stand next to each other
    for same in files.chunk_by(|a, b| {
        a.directive.id == b.directive.id && a.reference.in_file == b.reference.in_file
    }) {
        let missing: Vec<_> = same.iter().filter(missing).collect();
        let Some((first, more)) = missing.split_first() else { continue };
        let (Some(argument), Some(path)) = (first.directive.arg(0), &first.reference.path) else {
            continue;
        };
        let path = paths::shown(path);
        let message = match (&first.reference.host, more.len()) {
            (None, _) => format!(
                "{path} does not exist: every login here is answered 403, and 401 without one"
            ),
            (Some(host), 0) => {
                format!("{path} does not exist: every login at {host} is answered 403")
            }
            (Some(host), more) => {
                format!(
                    "{path} does not exist: every login at {host}, and at {more} more of this server's names, is answered 403"
                )
            }
        };
        findings.push(
            RULE.at(argument.location())
                .message(message)
                .label("no such file")
                .help("create it with `htpasswd -B -c FILE USER`, or name the file that is there; nginx -t does not look for it"),
        );
    }
}
