//! The account that searches the directory has a name and a password; with one of them there is none.

use super::ldap::{last, sections};
use super::reading::given;
use crate::config::apache::{Site, Value};
use crate::diagnostic::Findings;

rule! {
    "apache/ldap-binddn-missing" {
        reads: Apache, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "the account that searches the directory lacks its name or its password, and users are not found",
    }
}

/// The attributes of Active Directory, which lets nobody search without an account.
const ACTIVE_DIRECTORY: [&[u8]; 2] = [b"?samaccountname", b"?userprincipalname"];

fn check(site: &Site<'_>, findings: &mut Findings) {
    for section in sections(site) {
        let name = last(&section, "AuthLDAPBindDN");
        let password = last(&section, "AuthLDAPBindPassword");
        let as_user = last(&section, "AuthLDAPInitialBindAsUser").is_some_and(|it| it.says(b"on"));
        let url = last(&section, "AuthLDAPURL");
        let (at, message, label, help) = match (name, password, url) {
            (Some(name), None, Some(_)) => (
                name,
                "this account has no password: the directory server takes it for nobody, or refuses it, and no user is found",
                "has no AuthLDAPBindPassword beside it",
                "write AuthLDAPBindPassword in the same section, too: nothing of it is taken from another one",
            ),
            (None, Some(password), Some(_)) => (
                password,
                "no account has this password: the directory is searched by nobody, and mostly shows no user to nobody",
                "has no AuthLDAPBindDN beside it",
                "write AuthLDAPBindDN in the same section, too: nothing of it is taken from another one",
            ),
            (None, None, Some(url)) if !as_user && asks_active_directory(url) => (
                url,
                "no account searches the directory, and Active Directory shows no user to nobody: every login fails",
                "has no AuthLDAPBindDN beside it",
                "write AuthLDAPBindDN and AuthLDAPBindPassword, or `AuthLDAPInitialBindAsUser on` with a pattern",
            ),
            _ => continue,
        };
        let finding = RULE.at(at.location()).message(message).label(label).help(help);
        findings.push(given(finding, at));
    }
}

fn asks_active_directory(url: crate::config::apache::Directive<'_>) -> bool {
    let Some(text) = url.arg(0).and_then(Value::known) else { return false };
    let text = text.to_ascii_lowercase();
    ACTIVE_DIRECTORY.iter().any(|name| memchr::memmem::find(&text, name).is_some())
}
