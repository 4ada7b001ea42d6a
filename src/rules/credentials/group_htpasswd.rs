//! A password file where httpd expects a group file.

use super::wording;
use crate::config::credentials::PasswordFile;
use crate::config::password::{self, Stored};
use crate::diagnostic::Findings;
use crate::source::Span;
use crate::syntax::Language;
use crate::syntax::credentials::{Entry, Kind};

rule! {
    "credentials/group-htpasswd" {
        reads: Credentials,
        severity: Error,
        effect: Unwanted401,
        since: "0.1.0",
        summary: "AuthGroupFile names a password file",
    }
}

fn check(file: &PasswordFile<'_>, findings: &mut Findings) {
    if file.kind() != Kind::Group {
        return;
    }
    let hashes: Vec<Span> = file.entries().filter_map(|entry| hash(file, entry)).collect();
    let Some((&first, more)) = hashes.split_first() else { return };
    let finding = match file.named_by(Language::Apache) {
        Some(named) => RULE
            .at(named.at)
            .label("read as a group file")
            .related(file.at(first), "taken for a member"),
        None => RULE.at(file.at(first)).label("taken for a member"),
    };
    let finding = finding
        .message("no user is in any group: this is a password file, and httpd takes its users for groups and their hashes for members")
        .help("name a file with lines such as `group: user user`");
    findings.push(wording::and_here(finding, file, more.iter().copied()));
}

/// The hash of an htpasswd line: the only word behind its colon, without a blank between.
fn hash(file: &PasswordFile<'_>, entry: &Entry) -> Option<Span> {
    let [member] = file.data.credentials.fields(entry) else { return None };
    let marked = matches!(password::read(file.bytes(member.span)), Stored::Hash(scheme) if scheme.prefix.len() > 1);
    (marked && member.span.start == entry.name.end + 1).then_some(member.span)
}
