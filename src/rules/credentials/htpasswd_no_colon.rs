//! A line of a password file without a colon.

use super::wording;
use crate::config::credentials::PasswordFile;
use crate::diagnostic::Findings;
use crate::source::Span;
use crate::syntax::credentials::Kind;

rule! {
    "credentials/htpasswd-no-colon" {
        reads: Credentials,
        severity: Warning,
        effect: Unwanted401,
        since: "0.1.0",
        summary: "a line of a password file has no colon and lets nobody in",
    }
}

fn check(file: &PasswordFile<'_>, findings: &mut Findings) {
    if file.kind() == Kind::Group {
        return;
    }
    let lines: Vec<Span> = file
        .entries()
        .filter(|entry| !entry.has_colon)
        .map(|entry| file.trimmed(entry.line))
        .collect();
    let Some((&first, more)) = lines.split_first() else { return };
    let form = if file.kind() == Kind::Htdigest { "user:realm:digest" } else { "user:hash" };
    let finding = RULE
        .at(file.at(first))
        .label("no colon in this line")
        .message(match more.len() {
            0 => "this line lets nobody in: it has no colon, so it names neither a user nor a hash".to_owned(),
            more => format!("{} lines let nobody in: they have no colon, so they name neither a user nor a hash", more + 1),
        })
        .help(format!("write `{form}` on one line, or `#` in its first column to make it a comment"));
    findings.push(wording::and_here(finding, file, more.iter().copied()));
}
