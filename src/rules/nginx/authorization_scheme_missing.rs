//! Base64 of a user and a password is no Authorization value: the scheme in front says how to read it.

use super::credential_values::{self, Use};
use crate::config::nginx::Site;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::rules::authorization::is_bare_pair;
use crate::syntax::WordFlags;

rule! {
    "nginx/authorization-scheme-missing" {
        reads: Nginx, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "an Authorization value is base64 of a user and a password without Basic in front",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for credential in credential_values::all(site) {
        if !credential.is_authorization || !is_bare_pair(&credential.text) {
            continue;
        }
        let mut finding = RULE
            .at(credential.location())
            .label("no scheme in front")
            .message(match credential.used {
                Use::Compared => "clients send `Basic` in front of this value: no login passes the comparison",
                _ => "the value is sent without a scheme: the upstream finds no user and no password in it",
            })
            .help("put `Basic` and a blank in front of it, all of it in quotes");
        let word = credential.value.word;
        if !word.flags.has(WordFlags::ESCAPED)
            && credential.text.len() == word.inner().len() as usize
        {
            let start = credential.part(0..0);
            let edits = if word.is_quoted() {
                vec![Edit::insert(start, "Basic ")]
            } else {
                let end = credential.part(credential.text.len()..credential.text.len());
                vec![Edit::insert(start, "\"Basic "), Edit::insert(end, "\"")]
            };
            finding = finding.fix(Safety::Unsafe, "put `Basic` in front of the value", edits);
        }
        findings.push(finding);
    }
}
