//! Hashes that are guessed quickly once the file leaks.

use super::wording::{self, Groups};
use crate::config::credentials::PasswordFile;
use crate::config::password::Stored;
use crate::diagnostic::Findings;
use crate::grammar::hashes::Strength;
use crate::syntax::credentials::Kind;

rule! {
    "credentials/weak-hash" {
        reads: Credentials,
        severity: Info,
        effect: Hygiene,
        since: "0.1.0",
        summary: "a password is stored in a way that is quick to guess",
    }
}

fn check(file: &PasswordFile<'_>, findings: &mut Findings) {
    if file.kind() != Kind::Htpasswd {
        return;
    }
    let mut groups = Groups::new();
    for user in file.users() {
        if let Stored::Hash(scheme) = user.stored
            && scheme.strength != Strength::Strong
        {
            groups.add((scheme.name, scheme.strength), user);
        }
    }
    for ((scheme, strength), first, more) in groups.into_iter() {
        let who = wording::who(file, &first, &more);
        let why = match strength {
            Strength::Clear => "is stored in clear: whoever reads this file has it".to_owned(),
            Strength::Broken if scheme.contains("DES") => format!(
                "is stored as {scheme}: only its first eight characters count, and any that begins with them is let in"
            ),
            Strength::Broken => {
                format!("is stored as {scheme}, without salt: one table opens all of them")
            }
            Strength::Weak | Strength::Strong => {
                format!(
                    "is stored as {scheme}, which a graphics card guesses by the million a second"
                )
            }
        };
        let finding = RULE
            .at(file.at(first.hash))
            .label("quick to guess")
            .message(format!("the password of {who} {why}"))
            .help("store bcrypt (`htpasswd -B FILE USER`) or SHA-512 (`openssl passwd -6`); both servers know them on every Linux");
        findings.push(wording::and_here(finding, file, more.iter().map(|user| user.hash)));
    }
}
