//! A user who stands in a password file twice.

use crate::config::credentials::{PasswordFile, Reads};
use crate::diagnostic::{Findings, Severity};
use crate::source::Span;
use crate::syntax::Language;
use crate::syntax::credentials::{Entry, Kind};
use std::collections::HashMap;

rule! {
    "credentials/htpasswd-duplicate-user" {
        reads: Credentials,
        severity: Error,
        effect: Unwanted401,
        since: "0.1.0",
        summary: "a later line of the same user is never read",
    }
}

fn check(file: &PasswordFile<'_>, findings: &mut Findings) {
    // the lines of a group add up, a template's may be alternatives, and Basic and Digest have a line each
    let two_lines = file.is_read_as(Kind::Htpasswd) && file.is_read_as(Kind::Htdigest);
    if file.kind() == Kind::Group || file.is_template() || two_lines {
        return;
    }
    // by name and realm: the line that decides, and its hash
    let mut seen = HashMap::new();
    for entry in file.entries().filter(|entry| entry.has_colon) {
        let Some((realm, hash)) = key(file, entry) else { continue };
        let name = file.bytes(name(file, entry));
        let &mut (first, known) = seen.entry((name, realm)).or_insert((entry, hash));
        if std::ptr::eq(first, entry) {
            continue;
        }
        let who = file.shown(file.trimmed(entry.name));
        let finding = RULE
            .at(file.at(file.trimmed(entry.name)))
            .label("never read")
            .related(file.at(file.trimmed(first.name)), "this line decides");
        findings.push(if file.bytes(known) == file.bytes(hash) {
            finding
                .severity(Severity::Info)
                .message(format!("the line of {who} stands here twice; only the first one is read"))
                .help("remove one of the two lines")
        } else {
            finding
                .message(format!("the password of this line never lets {who} in: an earlier line of {who} decides"))
                .help(format!("remove the line of {who} that is out of date; `htpasswd FILE {who}` would have replaced it"))
        });
    }
}

/// The name as the servers compare it: only httpd drops the blanks before it.
fn name(file: &PasswordFile<'_>, entry: &Entry) -> Span {
    if file.read_by(Language::Nginx) == Reads::No {
        Span::new(file.trimmed(entry.name).start, entry.name.end)
    } else {
        entry.name
    }
}

/// The realm that belongs to the name, empty in an htpasswd file, and the hash.
fn key<'p>(file: &PasswordFile<'p>, entry: &Entry) -> Option<(&'p [u8], Span)> {
    match file.data.credentials.fields(entry) {
        [realm, digest, ..] if file.kind() == Kind::Htdigest => {
            Some((file.bytes(realm.span), digest.span))
        }
        [hash, ..] if file.kind() == Kind::Htpasswd => Some((b"", hash.span)),
        _ => None,
    }
}
