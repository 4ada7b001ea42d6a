//! The third field of an htdigest line is no MD5 as mod_auth_digest needs it.

use super::wording;
use crate::config::credentials::PasswordFile;
use crate::config::password::{self, Stored};
use crate::diagnostic::Findings;
use crate::source::Span;
use crate::syntax::credentials::{Entry, Kind};

rule! {
    "credentials/htdigest-hash" {
        reads: Credentials,
        severity: Error,
        effect: Unwanted401,
        since: "0.1.0",
        summary: "a line of an htdigest file holds no MD5 in lower-case hex",
    }
}

fn check(file: &PasswordFile<'_>, findings: &mut Findings) {
    if file.kind() != Kind::Htdigest || file.is_read_as(Kind::Htpasswd) {
        return;
    }
    let wrong: Vec<(Span, Span)> = file.entries().filter_map(|entry| wrong(file, entry)).collect();
    let Some((&(name, digest), more)) = wrong.split_first() else { return };
    let who = file.shown(name);
    let who = if more.is_empty() { who } else { format!("{who} and {} more", more.len()) };
    let finding = RULE
        .at(file.at(digest))
        .label("not 32 hex digits in lower case")
        .message(format!(
            "{who} cannot log in: Digest needs the MD5 of `user:realm:password` in lower-case hex behind the second colon"
        ))
        .help("store the password anew: `htdigest FILE REALM USER`");
    findings.push(wording::and_here(finding, file, more.iter().map(|&(_, digest)| digest)));
}

/// The name and the digest of a line whose digest no password fits.
fn wrong(file: &PasswordFile<'_>, entry: &Entry) -> Option<(Span, Span)> {
    let [realm, digest, ..] = file.data.credentials.fields(entry) else { return None };
    let digest = file.trimmed(digest.span);
    let bytes = file.bytes(digest);
    let fits = bytes.len() == 32
        && bytes.iter().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte));
    // an htpasswd line with a comment is another mistake
    let is_htpasswd = matches!(password::read(file.bytes(realm.span)), Stored::Hash(_));
    let is_locked = matches!(password::read(bytes), Stored::Locked);
    (!fits && !is_htpasswd && !is_locked).then(|| (file.trimmed(entry.name), digest))
}
