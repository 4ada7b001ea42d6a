//! A byte order mark at the start of a password or group file.

use crate::config::credentials::PasswordFile;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::syntax::credentials::Kind;

rule! {
    "credentials/htpasswd-bom" {
        reads: Credentials,
        severity: Error,
        effect: Unwanted401,
        since: "0.1.0",
        summary: "a byte order mark hides the first line of a password or group file",
    }
}

fn check(file: &PasswordFile<'_>, findings: &mut Findings) {
    let Some(bom) = file.data.credentials.bom else { return };
    let finding = RULE.at(file.at(bom.span));
    if bom.utf16 {
        findings.push(
            finding
                .label("the mark of UTF-16")
                .message("nobody of this file can log in: it is UTF-16, and the server looks for names byte by byte")
                .help("save it as UTF-8 without a byte order mark: `iconv -f UTF-16 -t UTF-8`"),
        );
        return;
    }
    // in front of a comment or a blank line it hides nothing
    let Some(first) = file.entries().next().filter(|entry| entry.line.start == bom.span.end) else {
        return;
    };
    let name = file.trimmed(first.name);
    let hidden = match file.kind() {
        Kind::Group => format!("group {} is never found", file.shown(name)),
        _ => format!("{} cannot log in", file.shown(name)),
    };
    let finding = finding
        .label("three invisible bytes")
        .related(file.at(name), "the mark is a part of this name")
        .message(format!(
            "{hidden}: the byte order mark at the start of the file belongs to the name"
        ))
        .help("save the file as UTF-8 without a byte order mark");
    findings.push(if file.is_template() {
        finding
    } else {
        finding.fix(
            Safety::Unsafe,
            "remove the byte order mark",
            vec![Edit::delete(file.at(bom.span))],
        )
    });
}
