//! A line of a group file without a colon.

use crate::config::credentials::PasswordFile;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::source::Span;
use crate::syntax::credentials::{Kind, is_blank};

rule! {
    "credentials/group-no-colon" {
        reads: Credentials,
        severity: Warning,
        effect: Unwanted401,
        since: "0.1.0",
        summary: "a group's line has no colon, so the group has no members",
    }
}

fn check(file: &PasswordFile<'_>, findings: &mut Findings) {
    if file.kind() != Kind::Group {
        return;
    }
    for entry in file.entries().filter(|entry| !entry.has_colon) {
        let line = file.trimmed(entry.line);
        let finding = RULE
            .at(file.at(line))
            .label("no colon in this line")
            .message("nobody is in this group: the line has no colon, and httpd takes all of it for the group's name")
            .help("write `group: user user`");
        let name = file.bytes(line).iter().position(|&byte| is_blank(byte));
        findings.push(match name {
            Some(name) if !file.is_template() => {
                let colon = Span::empty(line.start + name as u32);
                finding.fix(
                    Safety::Unsafe,
                    "put a colon behind the first word",
                    vec![Edit::insert(file.at(colon), ":")],
                )
            }
            _ => finding,
        });
    }
}
