//! The settings of mod_authnz_ldap in a section: httpd merges none of them with those outside.

use super::reading::{Place, is_unknown, place, read};
use crate::config::apache::{Condition, Directive, Site};
use std::collections::HashMap;

/// The directives of mod_authnz_ldap that a section's record has.
const NAMES: [&str; 20] = [
    "AuthLDAPURL",
    "AuthLDAPBindDN",
    "AuthLDAPBindPassword",
    "AuthLDAPGroupAttribute",
    "AuthLDAPGroupAttributeIsDN",
    "AuthLDAPInitialBindAsUser",
    "AuthLDAPInitialBindPattern",
    "AuthLDAPBindAuthoritative",
    "AuthLDAPCompareAsUser",
    "AuthLDAPSearchAsUser",
    "AuthLDAPCompareDNOnServer",
    "AuthLDAPDereferenceAliases",
    "AuthLDAPMaxSubGroupDepth",
    "AuthLDAPSubGroupAttribute",
    "AuthLDAPSubGroupClass",
    "AuthLDAPRemoteUserAttribute",
    "AuthLDAPRemoteUserIsDN",
    "AuthLDAPAuthorizePrefix",
    "AuthLDAPAuthoritative",
    "AuthzLDAPAuthoritative",
];

/// The settings of each section that has any and is known as a whole.
pub(super) fn sections<'p>(site: &Site<'p>) -> Vec<Vec<Directive<'p>>> {
    let mut numbers: HashMap<Place, usize> = HashMap::new();
    let mut all: Vec<Vec<Directive<'p>>> = Vec::new();
    for directive in NAMES.into_iter().flat_map(|name| read(site, name)) {
        let key = place(directive);
        // of a fragment's own lines it is not known what stands around them
        if key == (None, None) {
            continue;
        }
        let number = *numbers.entry(key).or_insert_with(|| {
            all.push(Vec::new());
            all.len() - 1
        });
        all[number].push(directive);
    }
    all.retain(|section| {
        let certain =
            section.iter().all(|one| one.condition() == Condition::Yes && !one.is_in_template());
        certain && !section.first().is_some_and(|first| first.siblings().any(is_unknown))
    });
    all.sort_by_key(|section| section.first().map(|first| first.location()));
    all
}

/// The last directive of this name.
pub(super) fn last<'p>(section: &[Directive<'p>], name: &str) -> Option<Directive<'p>> {
    section.iter().rev().find(|one| one.is(name)).copied()
}
