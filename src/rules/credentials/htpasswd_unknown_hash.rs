//! What stands where the hash belongs is none that the server knows.

use super::wording::{self, Groups};
use crate::config::credentials::{PasswordFile, Reads, User};
use crate::config::password::Stored;
use crate::diagnostic::Findings;
use crate::grammar::hashes::Checker;
use crate::syntax::Language;
use crate::syntax::credentials::Kind;

rule! {
    "credentials/htpasswd-unknown-hash" {
        reads: Credentials,
        severity: Error,
        effect: Unwanted401,
        since: "0.1.0",
        summary: "a user's line holds no hash that the server can check a password against",
    }
}

fn check(file: &PasswordFile<'_>, findings: &mut Findings) {
    if file.kind() != Kind::Htpasswd {
        return;
    }
    let mut groups = Groups::new();
    for user in file.users() {
        if let Some(problem) = problem(file, &user) {
            groups.add(problem, user);
        }
    }
    for (problem, first, more) in groups.into_iter() {
        let who = wording::who(file, &first, &more);
        let finding = RULE
            .at(file.at(first.hash))
            .message(format!("{who} cannot log in: {}", because(file, problem)))
            .label(label(problem))
            .help(help(problem));
        findings.push(wording::and_here(finding, file, more.iter().map(|user| user.hash)));
    }
}

/// Why no password fits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Problem {
    /// The field itself is no whole hash.
    Stored(Stored),
    /// A scheme of nginx's own.
    NginxOnly(&'static str),
}

fn problem(file: &PasswordFile<'_>, user: &User) -> Option<Problem> {
    match user.stored {
        Stored::Locked => None,
        Stored::Hash(scheme) => (file.read_by(Language::Apache) == Reads::Yes
            && scheme.checker(Language::Apache) == Checker::No)
            .then_some(Problem::NginxOnly(scheme.prefix)),
        // a line of an htdigest file is another mistake, or none where Digest reads the file, too
        _ if file.is_digest_line(user) => None,
        // httpd compares passwords in clear on Windows
        Stored::Plain if file.may_lie_on_windows() => None,
        stored => Some(Problem::Stored(stored)),
    }
}

fn because(file: &PasswordFile<'_>, problem: Problem) -> String {
    let server = wording::server(file);
    let stored = match problem {
        Problem::Stored(stored) => stored,
        Problem::NginxOnly(prefix) => {
            return format!("only nginx knows {prefix}, and httpd reads this file");
        }
    };
    match stored {
        Stored::Malformed(scheme, Some(1)) => {
            format!("this {} hash lacks its last character", scheme.name)
        }
        Stored::Malformed(scheme, Some(lacks)) => {
            format!("this {} hash lacks its last {lacks} characters", scheme.name)
        }
        Stored::Malformed(scheme, None) => {
            format!("this starts as a {} hash and does not go on as one", scheme.name)
        }
        Stored::WrongCase(scheme) => {
            format!("{server} knows {} only in exactly these letters", scheme.prefix)
        }
        Stored::Quoted(_) => format!("{server} takes the quotes for a part of the hash"),
        Stored::DoubledDollars(_) => {
            format!("{server} takes both `$` of each pair for a part of the hash")
        }
        Stored::Foreign(foreign) => format!("{server} knows no {} hashes", foreign.name),
        Stored::Ldap => format!("{server} does not know this LDAP scheme"),
        Stored::HexDigest(function) => format!("{server} knows no bare {function} in hex"),
        Stored::Empty => "there is no hash behind the colon".to_owned(),
        Stored::Plain | Stored::Locked | Stored::Hash(_) => {
            format!(
                "{server} takes this for a hash, and it is none; a password in clear never fits"
            )
        }
    }
}

fn label(problem: Problem) -> &'static str {
    match problem {
        Problem::Stored(Stored::Empty) => "a hash is missing here",
        Problem::NginxOnly(_) => "known to nginx only",
        Problem::Stored(_) => "no password fits this",
    }
}

fn help(problem: Problem) -> String {
    match problem {
        Problem::Stored(Stored::WrongCase(scheme)) => format!("write {}", scheme.prefix),
        Problem::Stored(Stored::Quoted(_)) => {
            "remove the quotes around the name and the hash".to_owned()
        }
        Problem::Stored(Stored::DoubledDollars(_)) => {
            "write each `$` once: only docker-compose.yml and Makefiles want it twice".to_owned()
        }
        _ => {
            "store the password anew: `htpasswd -B FILE USER`, or the output of `openssl passwd -6`"
                .to_owned()
        }
    }
}
