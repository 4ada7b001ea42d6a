//! Members of a group with commas between them.

use crate::config::credentials::PasswordFile;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::source::Span;
use crate::syntax::Word;
use crate::syntax::credentials::Kind;

rule! {
    "credentials/group-comma" {
        reads: Credentials,
        severity: Warning,
        effect: Unwanted401,
        since: "0.1.0",
        summary: "a group's members stand between commas, which become a part of their names",
    }
}

fn check(file: &PasswordFile<'_>, findings: &mut Findings) {
    if file.kind() != Kind::Group {
        return;
    }
    for entry in file.entries() {
        let members = file.data.credentials.fields(entry);
        let mut wrong = members.iter().filter(|member| has_comma(file, member));
        let Some(first) = wrong.next() else { continue };
        let edits: Vec<Edit> = members.iter().flat_map(|member| edits(file, member)).collect();
        let finding = RULE
            .at(file.at(first.span))
            .label("taken for one name, comma included")
            .message(format!(
                "the members of group {} are not those meant: httpd takes a comma for a part of the name",
                file.shown(file.trimmed(entry.name))
            ))
            .help("put blanks between the members: `group: user user`");
        findings.push(if file.is_template() {
            finding
        } else {
            finding.fix(Safety::Unsafe, "put blanks between the members", edits)
        });
    }
}

/// Whether a member holds a comma and is no distinguished name, which may hold one.
fn has_comma(file: &PasswordFile<'_>, member: &Word) -> bool {
    let name = file.bytes(member.span);
    name.contains(&b',')
        && !member.is_quoted()
        && !name.contains(&b'=')
        && name.first() != Some(&b'/')
}

/// A blank for each comma; nothing for one at the end of the word.
fn edits(file: &PasswordFile<'_>, member: &Word) -> Vec<Edit> {
    if !has_comma(file, member) {
        return Vec::new();
    }
    let name = file.bytes(member.span);
    memchr::memchr_iter(b',', name)
        .map(|at| {
            let start = member.span.start + at as u32;
            let place = file.at(Span::new(start, start + 1));
            if at + 1 == name.len() { Edit::delete(place) } else { Edit::replace(place, " ") }
        })
        .collect()
}
