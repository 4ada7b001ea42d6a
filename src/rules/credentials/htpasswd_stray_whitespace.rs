//! Blanks that the server takes for a part of a name or a hash.

use super::wording::{self, Groups};
use crate::config::credentials::{PasswordFile, Reads, User};
use crate::config::password::{self, Stored};
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::source::Span;
use crate::syntax::Language;
use crate::syntax::credentials::Kind;

rule! {
    "credentials/htpasswd-stray-whitespace" {
        reads: Credentials,
        severity: Error,
        effect: Unwanted401,
        since: "0.1.0",
        summary: "a blank in a user's line belongs to the name or to the hash",
    }
}

/// Where the blank stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    BeforeName,
    AfterName,
    BeforeHash,
    AfterHash,
    BeforeRest,
}

fn check(file: &PasswordFile<'_>, findings: &mut Findings) {
    if file.kind() != Kind::Htpasswd {
        return;
    }
    let mut groups = Groups::new();
    for user in file.users().filter(|user| !user.name.is_empty()) {
        let blanks = blanks(file, &user);
        // what every reader trips over is named before what depends on the reader
        let worst = blanks.iter().find(|blank| blank.2).or(blanks.first());
        if let Some(&(place, span, certain)) = worst {
            groups.add((place, certain), (user, span, blanks));
        }
    }
    for ((place, certain), (user, span, blanks), more) in groups.into_iter() {
        let others: Vec<User> = more.iter().map(|(user, ..)| *user).collect();
        let who = wording::who(file, &user, &others);
        let finding = RULE
            .at(file.at(span))
            .label(label(place))
            .message(format!("{who} cannot log in: {}", because(file, place)))
            .help("remove the blanks around names and hashes");
        let finding = if certain {
            finding
        } else {
            finding.severity(Severity::Warning).depends_on(
                "whether nginx reads the file; httpd drops blanks at both ends of a line",
            )
        };
        let finding = wording::and_here(finding, file, more.iter().map(|&(_, span, _)| span));
        let users = std::iter::once((user, blanks))
            .chain(more.into_iter().map(|(user, _, blanks)| (user, blanks)));
        let edits =
            users.map(|(user, blanks)| edits(file, &user, &blanks)).collect::<Option<Vec<_>>>();
        findings.push(match edits {
            Some(edits) if !file.is_template() => {
                finding.fix(Safety::Unsafe, title(place), edits.concat())
            }
            _ => finding,
        });
    }
}

/// The blanks that a server takes for a part of something, and whether every server that may read the file does.
fn blanks(file: &PasswordFile<'_>, user: &User) -> Vec<(Place, Span, bool)> {
    let nginx = file.read_by(Language::Nginx);
    let at_end = user.after_hash.end == user.line.end;
    let is_password = matches!(user.stored, Stored::Hash(scheme) if scheme.prefix == "{PLAIN}");
    // without a hash, blanks are the least of this line's problems; a password may end in one
    let is_hash = matches!(user.stored, Stored::Hash(_));
    let all = [
        (Place::BeforeName, user.before_name, nginx != Reads::No, nginx == Reads::Yes),
        (Place::AfterName, user.after_name, true, true),
        (Place::BeforeHash, user.before_hash, is_hash, true),
        (Place::BeforeRest, user.after_hash, is_hash && !user.rest.is_empty(), true),
        (
            Place::AfterHash,
            user.after_hash,
            is_hash && !is_password && user.rest.is_empty() && !(at_end && nginx == Reads::No),
            !at_end || nginx == Reads::Yes,
        ),
    ];
    all.into_iter()
        .filter(|&(_, span, counts, _)| counts && !span.is_empty())
        .map(|(place, span, _, certain)| (place, span, certain))
        .collect()
}

fn because(file: &PasswordFile<'_>, place: Place) -> String {
    let server = wording::server(file);
    let server = match place {
        Place::BeforeName => "nginx",
        _ => server,
    };
    match place {
        Place::BeforeName => format!("{server} takes the blank before the name for a part of it"),
        Place::AfterName => {
            format!("{server} takes the blank before the colon for a part of the name")
        }
        Place::BeforeHash => {
            format!("{server} takes the blank behind the colon for a part of the hash")
        }
        Place::AfterHash => format!("{server} takes the blank behind the hash for a part of it"),
        Place::BeforeRest => {
            format!("{server} takes what follows the hash on its line for a part of it")
        }
    }
}

fn label(place: Place) -> &'static str {
    match place {
        Place::BeforeName | Place::AfterName => "belongs to the name",
        Place::BeforeHash | Place::AfterHash => "belongs to the hash",
        Place::BeforeRest => "no line ends here",
    }
}

fn title(place: Place) -> &'static str {
    match place {
        Place::BeforeRest => "begin a new line here",
        _ => "remove the blanks",
    }
}

/// The edits that mend a line; `None` where only a person knows what was meant.
fn edits(
    file: &PasswordFile<'_>,
    user: &User,
    blanks: &[(Place, Span, bool)],
) -> Option<Vec<Edit>> {
    blanks
        .iter()
        .map(|&(place, span, _)| match place {
            Place::BeforeRest => {
                let next =
                    user.next_field.map(|field| password::read(file.bytes(file.trimmed(field))));
                matches!(next, Some(Stored::Hash(_))).then(|| Edit::replace(file.at(span), "\n"))
            }
            _ => Some(Edit::delete(file.at(span))),
        })
        .collect()
}
