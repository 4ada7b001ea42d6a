//! A `{PLAIN}` password with a colon in it.

use super::wording::{self, Groups};
use crate::config::credentials::{PasswordFile, Reads};
use crate::config::password::Stored;
use crate::diagnostic::{Findings, Severity};
use crate::syntax::Language;
use crate::syntax::credentials::{Kind, is_blank};

rule! {
    "credentials/htpasswd-plain-colon" {
        reads: Credentials,
        severity: Error,
        effect: Unwanted401,
        since: "0.1.0",
        summary: "a colon ends a {PLAIN} password",
    }
}

fn check(file: &PasswordFile<'_>, findings: &mut Findings) {
    if file.kind() != Kind::Htpasswd || file.read_by(Language::Nginx) == Reads::No {
        return;
    }
    let mut groups = Groups::new();
    for user in file.users() {
        let (Stored::Hash(scheme), Some(next)) = (user.stored, user.next_field) else { continue };
        if scheme.prefix == "{PLAIN}" && !next.is_empty() {
            // `user:password:a comment` is nginx's own format: blanks speak for a comment
            let comment = file.bytes(next).iter().any(|&byte| is_blank(byte));
            groups.add(comment, user);
        }
    }
    for (is_comment, first, more) in groups.into_iter() {
        let who = wording::who(file, &first, &more);
        let finding = RULE
            .at(file.at(first.line))
            .label("the password ends at the second colon")
            .message(format!(
                "{who} cannot log in with the whole password: nginx ends it at its colon and takes the rest for a comment"
            ))
            .help("store a hash instead of the password: `htpasswd -B FILE USER`");
        let finding = if is_comment {
            finding
                .severity(Severity::Info)
                .depends_on("whether what follows the colon is meant as a comment")
        } else {
            finding
        };
        findings.push(wording::and_here(finding, file, more.iter().map(|user| user.line)));
    }
}
