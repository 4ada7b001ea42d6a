//! A line of an htdigest file is good for one realm, letter by letter that of AuthName.

use super::form_login::plain;
use super::reading::given;
use crate::config::credentials::PasswordFile;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::Policy;
use crate::syntax::credentials::Kind;
use std::collections::{BTreeSet, HashSet};

rule! {
    "apache/digest-realm-mismatch" {
        reads: ApachePolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "no line of the Digest password file is for the realm of AuthName, and every login is refused",
    }
}

const AUTH_TYPE: Id = id("AuthType");
const USER_FILE: Id = id("AuthUserFile");
const PROVIDER: Id = id("AuthDigestProvider");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let site = &policy.site;
    let mut told = HashSet::new();
    for place in policy.places() {
        if place.own(AUTH_TYPE).is_none_or(|own| !own.directive.says(b"digest")) {
            continue;
        }
        let other = place.effective(&[PROVIDER]).set().is_some_and(|own| !own.says(b"file"));
        let Some((name, realm)) = plain(place.auth_name()).filter(|_| !other) else { continue };
        let Some(named) = place.effective(&[USER_FILE]).set() else { continue };
        let Some(file) = policy.reference(named).and_then(|found| found.file) else { continue };
        let all = &site.project.credentials;
        let kind =
            |kind: Kind| all.iter().find(|it| it.file == file && it.credentials.kind == kind);
        let Some(data) = kind(Kind::Htdigest) else { continue };
        let file = PasswordFile { project: site.project, data };
        if file.is_template() {
            continue;
        }
        let fields = file.entries().map(|entry| file.data.credentials.fields(entry));
        let realms: BTreeSet<&[u8]> = fields
            .filter_map(|fields| match fields {
                [realm, _, ..] => Some(file.bytes(realm.span)),
                _ => None,
            })
            .collect();
        if realms.is_empty() || realms.contains(&*realm) || !told.insert(name.location()) {
            continue;
        }
        let Some(value) = name.arg(0) else { continue };
        let shown: Vec<String> = realms
            .iter()
            .take(3)
            .map(|one| format!("`{}`", String::from_utf8_lossy(one)))
            .collect();
        let mut finding = RULE
            .at(name.location())
            .message(format!(
                "no line of the password file is for the realm {}, only for {}: every login is answered 401",
                value.shown(),
                shown.join(", ")
            ))
            .label("is the realm that users log in to")
            .related(named.location(), "has lines of other realms")
            .help("write the realm of the file, or make new lines: `htdigest FILE REALM USER`");
        if let (1, Some(only)) = (realms.len(), realms.first())
            && only
                .iter()
                .all(|byte| byte.is_ascii_graphic() && !b"\"\\$%".contains(byte) || *byte == b' ')
        {
            let text = format!("\"{}\"", String::from_utf8_lossy(only));
            finding = finding.fix(
                Safety::Unsafe,
                "use the realm of the file",
                vec![Edit::replace(value.location(), text)],
            );
        }
        findings.push(given(finding, name));
    }
}
