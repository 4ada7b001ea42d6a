//! One AuthLDAP directive in a section, and none of those outside counts there.

use super::form_login::basic_providers;
use super::login::needs_user;
use super::reading::given;
use crate::config::apache::Condition;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::Policy;

rule! {
    "apache/ldap-not-merged" {
        reads: ApachePolicy, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "an AuthLDAP directive in a section drops the AuthLDAPURL outside of it: every login is answered 500",
    }
}

const URL: Id = id("AuthLDAPURL");
const OTHERS: [Id; 8] = [
    id("AuthLDAPBindDN"),
    id("AuthLDAPBindPassword"),
    id("AuthLDAPGroupAttribute"),
    id("AuthLDAPGroupAttributeIsDN"),
    id("AuthLDAPRemoteUserAttribute"),
    id("AuthLDAPRemoteUserIsDN"),
    id("AuthLDAPMaxSubGroupDepth"),
    id("AuthLDAPCompareDNOnServer"),
];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let Some(own) = place.all(&OTHERS).next().map(|own| own.directive) else { continue };
        if place.section().all(&[URL]).next().is_some() || place.section().open.is_some() {
            continue;
        }
        let asks =
            basic_providers(place).is_some_and(|names| names.iter().any(|name| name.is(b"ldap")));
        let Some(merged) = place.merged().filter(|_| asks && !own.is_in_template()) else {
            continue;
        };
        let outer = merged.sections().rev().filter(|&section| section != place.id);
        let url = outer.into_iter().find_map(|section| policy.get(section).all(&[URL]).next_back());
        // a section that is merged later would count in the place of this one
        let is_last = merged.sections().next_back() == Some(place.id);
        let Some(url) = url.filter(|url| url.directive.condition() == Condition::Yes && is_last)
        else {
            continue;
        };
        if !needs_user(place) {
            continue;
        }
        let finding = RULE
            .at(own.location())
            .message("of the settings outside of this section none counts here any more: without AuthLDAPURL every login is answered 500")
            .label("drops the AuthLDAP directives outside")
            .related(url.directive.location(), "does not count here")
            .help("repeat AuthLDAPURL, AuthLDAPBindDN and their like in this section, or write this line there");
        findings.push(given(finding, own));
    }
}
