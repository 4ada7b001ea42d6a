//! A relative name of a password file starts at the folder of nginx.conf, whatever file it stands in.

use crate::config::Presence;
use crate::config::nginx::{Site, Value};
use crate::config::paths;
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use std::path::Path;

rule! {
    "nginx/user-file-relative-base" {
        reads: Nginx, severity: Error, effect: Unwanted403, since: "0.1.0",
        summary: "a relative auth_basic_user_file starts at the folder of nginx.conf, where the file is not",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for file in site.user_files() {
        let (Some(argument), Some(path), Some(instead)) =
            (file.directive.arg(0), &file.reference.path, &file.reference.instead)
        else {
            continue;
        };
        let finding = RULE
            .at(argument.location())
            .message(format!(
                "{} is not there, and every login here is answered 403: a relative name starts at the folder of nginx.conf, not at {}",
                paths::shown(path),
                paths::shown(&paths::folder(instead)),
            ))
            .label("starts at the folder of nginx.conf")
            .help(format!("name {} by its absolute path, or by its path from the folder of nginx.conf", paths::shown(instead)));
        let finding = if file.reference.presence == Some(Presence::Missing) {
            finding
        } else {
            finding
                .severity(Severity::Warning)
                .depends_on(format!("whether {} is on the server", paths::shown(path)))
        };
        findings.push(match mended(site, argument, instead) {
            Some(edit) => finding.fix(
                Safety::Unsafe,
                "write the path from the folder of nginx.conf",
                vec![edit],
            ),
            None => finding,
        });
    }
}

/// The name from the folder of nginx.conf, where the file lies below that and nothing needs quotes.
fn mended(site: &Site<'_>, argument: Value<'_>, instead: &Path) -> Option<Edit> {
    let base = site.data.conf_prefix.as_deref()?;
    let base = if base == Path::new(".") { Path::new("") } else { base };
    let path = paths::shown(instead.strip_prefix(base).ok()?);
    let is_plain =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_');
    let plain = Path::new(&path).is_relative() && path.bytes().all(is_plain);
    (plain && !argument.is_templated()).then(|| Edit::replace(argument.location(), path))
}
