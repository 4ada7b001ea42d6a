//! Groups of posixGroup list names of users, other groups their distinguished names.

use super::ldap::{last, sections};
use super::login::line_behind;
use super::reading::given;
use super::require::asking;
use crate::config::apache::Site;
use crate::diagnostic::{Findings, Safety};

rule! {
    "apache/ldap-posixgroup" {
        reads: Apache, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "Require ldap-group looks for distinguished names where the group lists names of users, or the other way round",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    let mut asks = None;
    for section in sections(site) {
        let is_dn = last(&section, "AuthLDAPGroupAttributeIsDN");
        let off = is_dn.is_some_and(|it| it.says(b"off"));
        let attributes: Vec<_> =
            section.iter().filter(|one| one.is("AuthLDAPGroupAttribute")).copied().collect();
        let all = |wanted: &[&[u8]]| {
            attributes.iter().all(|one| wanted.iter().any(|name| one.says(name)))
        };
        if !*asks.get_or_insert_with(|| asking(site, &["ldap-group"]).next().is_some()) {
            return;
        }
        if let Some(&attribute) = attributes.first().filter(|_| !off && all(&[b"memberUid"])) {
            let finding = RULE
                .at(attribute.location())
                .message("memberUid lists names of users, and httpd looks for a distinguished name: nobody is in any group, and right passwords are answered 401")
                .label("lists names of users")
                .fix(
                    Safety::Unsafe,
                    "look for the name of the user",
                    vec![line_behind(attribute, "AuthLDAPGroupAttributeIsDN off")],
                );
            findings.push(given(finding, attribute));
        } else if let Some(is_dn) = is_dn.filter(|_| off && all(&[b"member", b"uniqueMember"])) {
            let mut finding = RULE
                .at(is_dn.location())
                .message("member and uniqueMember list distinguished names, and httpd looks for the name of the user: nobody is in any group, and right passwords are answered 401")
                .label("looks for the name of the user")
                .help("remove it; for a posixGroup write `AuthLDAPGroupAttribute memberUid` beside it");
            if let Some(attribute) = attributes.first() {
                finding = finding.related(attribute.location(), "lists distinguished names");
            }
            findings.push(given(finding, is_dn));
        }
    }
}
