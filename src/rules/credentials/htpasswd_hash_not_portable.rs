//! A hash that the C library of some systems knows and that of others does not.

use super::wording::{self, Groups};
use crate::config::credentials::{PasswordFile, Reads};
use crate::config::password::{Stored, Works, works};
use crate::diagnostic::{Findings, Severity};
use crate::grammar::hashes::Checker;
use crate::syntax::Language;
use crate::syntax::credentials::Kind;

rule! {
    "credentials/htpasswd-hash-not-portable" {
        reads: Credentials,
        severity: Warning,
        effect: Unwanted401,
        since: "0.1.0",
        summary: "a hash is known to some servers or C libraries only",
    }
}

/// What the hash depends on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Problem {
    /// The target's C library lacks the scheme.
    TargetLacksIt,
    /// The target is not known, and musl lacks the scheme.
    NotOnMusl,
    /// Nothing says who reads the file, and only nginx knows the scheme.
    OnlyNginx,
}

fn check(file: &PasswordFile<'_>, findings: &mut Findings) {
    if file.kind() != Kind::Htpasswd {
        return;
    }
    let libc = file.project.target.libc;
    let mut groups = Groups::new();
    for user in file.users() {
        let Stored::Hash(scheme) = user.stored else { continue };
        let problem = Language::ALL.into_iter().find_map(|server| {
            match (file.read_by(server), works(scheme, server, libc)) {
                (Reads::No, _) | (_, Works::Everywhere) => None,
                (Reads::Yes, Works::Nowhere) if scheme.checker(server) == Checker::No => None,
                (_, Works::OnGlibc) => Some(Problem::NotOnMusl),
                (_, Works::Nowhere) if scheme.checker(server) == Checker::No => {
                    Some(Problem::OnlyNginx)
                }
                (_, Works::Nowhere) => Some(Problem::TargetLacksIt),
            }
        });
        if let Some(problem) = problem {
            groups.add((problem, scheme.name), user);
        }
    }
    for ((problem, scheme), first, more) in groups.into_iter() {
        let who = wording::who(file, &first, &more);
        let finding = RULE.at(file.at(first.hash)).label(format!("a {scheme} hash"));
        let finding = match problem {
            Problem::TargetLacksIt => finding
                .severity(Severity::Error)
                .message(format!("{who} cannot log in: crypt() of the target's C library does not know {scheme}")),
            Problem::NotOnMusl => finding
                .severity(Severity::Info)
                .message(format!("{who} cannot log in where the server is linked with musl, as Alpine's is: its crypt() does not know {scheme}"))
                .depends_on("the C library of the server (`--target libc=glibc` or `libc=musl`)"),
            Problem::OnlyNginx => finding
                .severity(Severity::Info)
                .message(format!("{who} cannot log in where httpd reads this file: only nginx knows {scheme}"))
                .depends_on("which server reads the file"),
        };
        let finding = finding.help(match problem {
            Problem::OnlyNginx => "store a hash that both servers know: `htpasswd -B FILE USER`",
            _ => "store a hash that every crypt() knows: bcrypt (`htpasswd -B FILE USER`) or SHA-512 (`openssl passwd -6`)",
        });
        findings.push(wording::and_here(finding, file, more.iter().map(|user| user.hash)));
    }
}
