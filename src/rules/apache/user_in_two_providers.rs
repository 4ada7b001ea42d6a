//! The first provider that knows a user decides: a wrong password there is not looked up anywhere else.

use super::form_login::basic_providers;
use super::reading::{given, read_sections};
use crate::config::apache::Site;
use crate::config::credentials::{PasswordFile, PasswordFileData};
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Place, Policy};
use crate::source::FileId;
use crate::syntax::credentials::Kind;
use std::collections::HashMap;

rule! {
    "apache/user-in-two-providers" {
        reads: ApachePolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "a user stands in the files of two providers, and only the password of the first is right",
    }
}

const PROVIDER: Id = id("AuthBasicProvider");
const USER_FILE: Id = id("AuthUserFile");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let Some(own) = place.own(PROVIDER) else { continue };
        let Some(names) = basic_providers(place).filter(|names| names.len() > 1) else { continue };
        // by user: the number of the provider that decides, the hash and where it stands
        let mut seen = HashMap::new();
        'names: for (number, name) in names.iter().enumerate() {
            let Some(data) =
                file_of(place, &name.decoded()).and_then(|file| users(&policy.site, file))
            else {
                continue;
            };
            let file = PasswordFile { project: policy.site.project, data };
            for user in file.users() {
                let key = file.bytes(user.name);
                let here = (number, file.bytes(user.hash), file.at(user.name));
                let &mut (first, hash, at) = seen.entry(key).or_insert(here);
                if first == number || hash == here.1 {
                    continue;
                }
                let who = file.shown(user.name);
                let finding = RULE
                    .at(own.directive.location())
                    .message(format!(
                        "`{}` knows {who}, too, and decides: with the password of `{}` {who} is answered 401",
                        names[first].lossy(),
                        name.lossy()
                    ))
                    .label("asks the providers in this order")
                    .related(at, "decides")
                    .related(here.2, "is not asked")
                    .help(format!("remove the line of {who} that is out of date, or name the provider first whose passwords are good"));
                findings.push(given(finding, own.directive));
                break 'names;
            }
        }
    }
}

/// The password file of a provider: that of its alias, or the one in effect.
fn file_of(place: Place<'_, '_>, provider: &[u8]) -> Option<FileId> {
    let site = &place.policy.site;
    let alias = read_sections(site, "AuthnProviderAlias")
        .find(|alias| alias.arg(1).is_some_and(|name| name.is(provider)));
    let directive = match alias {
        Some(alias) if alias.says(b"file") => {
            alias.children().filter(|child| child.is("AuthUserFile")).last()?
        }
        None if provider == b"file" => place.effective(&[USER_FILE]).set()?,
        _ => return None,
    };
    place.policy.reference(directive)?.file
}

/// A file as one with the passwords of Basic.
fn users<'p>(site: &Site<'p>, file: FileId) -> Option<&'p PasswordFileData> {
    site.project
        .credentials
        .iter()
        .find(|data| data.file == file && data.credentials.kind == Kind::Htpasswd)
}
