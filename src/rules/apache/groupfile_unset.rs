//! `Require group` looks into the file that AuthGroupFile names.

use super::login::{as_far_as_known, is_missing, may_be_strange};
use super::reading::given;
use crate::config::apache::ModuleState;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::Policy;

rule! {
    "apache/groupfile-unset" {
        reads: ApachePolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "Require asks for a group, and no AuthGroupFile says who is in it: right passwords are answered 401 again",
    }
}

const AUTH_GROUP_FILE: Id = id("AuthGroupFile");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if policy.site.module("authz_groupfile_module") == ModuleState::NotLoaded {
        return;
    }
    for place in policy.places() {
        let mine: Vec<_> = place.own_requirements().collect();
        let mut groups = mine.iter().filter(|leaf| !leaf.negated && leaf.asks("group"));
        let Some(leaf) = groups.next() else { continue };
        // whoever meets another of several Require lines is let in
        let others = mine.iter().any(|leaf| leaf.needs_user() && !leaf.asks("group"));
        if others
            || leaf.directive.is_in_template()
            || policy.site.data.modules.has_strangers()
            || may_be_strange(place)
            || !is_missing(policy, place.effective(&[AUTH_GROUP_FILE]))
        {
            continue;
        }
        let is_dn = leaf.words().any(|word| word.known().is_some_and(|it| it.contains(&b'=')));
        let finding = RULE
            .at(leaf.directive.location())
            .label("asks a file that nothing names")
            .message(
                "no AuthGroupFile says who is in the group: right passwords are answered 401 again",
            )
            .help(if is_dn {
                "for a group of LDAP write `Require ldap-group`"
            } else {
                "add `AuthGroupFile /etc/apache2/groups`, with lines such as `group: user user`"
            });
        let finding = as_far_as_known(policy, finding, "sets AuthGroupFile");
        findings.push(given(finding, leaf.directive));
    }
}
