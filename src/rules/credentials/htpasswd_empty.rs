//! A password file without a user.

use crate::config::credentials::PasswordFile;
use crate::diagnostic::{Findings, Severity};
use crate::source::Span;
use crate::syntax::credentials::Kind;

rule! {
    "credentials/htpasswd-empty" {
        reads: Credentials,
        severity: Error,
        effect: Unwanted401,
        since: "0.1.0",
        summary: "a password file holds no user",
    }
}

fn check(file: &PasswordFile<'_>, findings: &mut Findings) {
    let credentials = &file.data.credentials;
    if file.kind() == Kind::Group || file.is_template() {
        return;
    }
    if !credentials.entries.is_empty() || credentials.bom.is_some_and(|bom| bom.utf16) {
        return;
    }
    let finding = RULE
        .at(file.at(Span::empty(0)))
        .label("no user in this file")
        .message(
            "nobody can log in: the password file holds no user, so every password is answered 401",
        )
        .help("add a user: `htpasswd -B FILE USER`");
    findings.push(if credentials.comments.is_empty() {
        // made by `touch`, to be filled by whoever deploys it
        finding
            .severity(Severity::Warning)
            .depends_on("whether users are added before the server reads the file")
    } else {
        finding
    });
}
