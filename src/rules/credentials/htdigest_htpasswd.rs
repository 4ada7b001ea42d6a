//! An htpasswd file where Digest authentication reads it.

use super::wording;
use crate::config::credentials::PasswordFile;
use crate::config::password::{self, Stored};
use crate::diagnostic::Findings;
use crate::source::Span;
use crate::syntax::Language;
use crate::syntax::credentials::{Entry, Kind, is_digest};

rule! {
    "credentials/htdigest-htpasswd" {
        reads: Credentials,
        severity: Error,
        effect: Unwanted401,
        since: "0.1.0",
        summary: "Digest authentication reads a file that was made for Basic",
    }
}

fn check(file: &PasswordFile<'_>, findings: &mut Findings) {
    if file.kind() != Kind::Htdigest || file.is_read_as(Kind::Htpasswd) {
        return;
    }
    let hashes: Vec<Span> = file.entries().filter_map(|entry| hash(file, entry)).collect();
    let Some((&first, more)) = hashes.split_first() else { return };
    let message = "nobody of this file can log in: its lines are `user:hash`, made by htpasswd, and Digest looks for `user:realm:digest`";
    let finding = match file.named_by(Language::Apache) {
        Some(named) => RULE
            .at(named.at)
            .label("read for AuthType Digest")
            .related(file.at(first), "taken for a realm"),
        None => RULE.at(file.at(first)).label("taken for a realm"),
    };
    let finding = finding
        .message(if more.len() + 1 == file.data.credentials.entries.len() {
            message.to_owned()
        } else {
            message.replace("nobody of this file", "some users of this file")
        })
        .help("make the file with `htdigest -c FILE REALM USER`, the realm being the AuthName, or say AuthType Basic");
    findings.push(wording::and_here(finding, file, more.iter().copied()));
}

/// The hash of an htpasswd line.
fn hash(file: &PasswordFile<'_>, entry: &Entry) -> Option<Span> {
    let fields = file.data.credentials.fields(entry);
    let first = file.trimmed(fields.first()?.span);
    // a realm may look like DES crypt; then a digest stands behind it
    let is_realm =
        fields.get(1).is_some_and(|field| is_digest(file.bytes(file.trimmed(field.span))));
    let is_hash = !is_realm && matches!(password::read(file.bytes(first)), Stored::Hash(_));
    (fields.len() == 1 || is_hash).then_some(first)
}
