//! An htdigest file where Basic authentication reads it.

use super::wording;
use crate::config::credentials::{PasswordFile, Reads, User};
use crate::diagnostic::Findings;
use crate::syntax::Language;
use crate::syntax::credentials::Kind;

rule! {
    "credentials/htpasswd-htdigest" {
        reads: Credentials,
        severity: Error,
        effect: Unwanted401,
        since: "0.1.0",
        summary: "Basic authentication reads a file that was made for Digest",
    }
}

fn check(file: &PasswordFile<'_>, findings: &mut Findings) {
    if file.kind() != Kind::Htpasswd || file.is_read_as(Kind::Htdigest) {
        return;
    }
    let users: Vec<User> = file.users().filter(|user| file.is_digest_line(user)).collect();
    let Some((first, more)) = users.split_first() else { return };
    let who = wording::who(file, first, more);
    let message = format!(
        "{who} cannot log in: this is a line of an htdigest file, `user:realm:digest`, and Basic takes the realm for the hash"
    );
    // with httpd, AuthType or the file may be the wrong one: the directive is where the two meet
    let named_by =
        file.named_by(Language::Apache).filter(|_| file.read_by(Language::Nginx) == Reads::No);
    let finding = match named_by {
        Some(named) => RULE
            .at(named.at)
            .label("read for AuthType Basic")
            .related(file.at(first.hash), "a realm, not a hash"),
        None => RULE.at(file.at(first.hash)).label("a realm, not a hash"),
    };
    let finding = finding.message(message).help(match named_by {
        Some(_) => "make the file with `htpasswd -B -c FILE USER`, or say AuthType Digest",
        None => "make the file with `htpasswd -B -c FILE USER`; nginx has no Digest authentication of its own",
    });
    findings.push(wording::and_here(finding, file, more.iter().map(|user| user.hash)));
}
