//! The provider `file` looks for users in the file that AuthUserFile names.

use super::login::{Providers, as_far_as_known, is_missing, needs_user, providers};
use super::reading::given;
use crate::config::apache::ModuleState;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::Policy;

rule! {
    "apache/authuserfile-unset" {
        reads: ApachePolicy, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a login is checked with the provider `file`, and no AuthUserFile names the users: every login ends in 500",
    }
}

const AUTH_TYPE: Id = id("AuthType");
const AUTH_USER_FILE: Id = id("AuthUserFile");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let section = place.section();
        let Some(own) = place.own(AUTH_TYPE) else { continue };
        if own.directive.is_in_template()
            || policy.site.module("authn_file_module") == ModuleState::NotLoaded
            || !is_missing(policy, place.effective(&[AUTH_USER_FILE]))
            || !needs_user(place)
        {
            continue;
        }
        let (at, message) = match providers(place) {
            Some(Providers::Default) => {
                // the settings of another provider show which one is meant
                if section.own.iter().any(|own| super::login::selected_by(own.id).is_some()) {
                    continue;
                }
                let text = "no AuthUserFile names the users: whoever logs in is answered 500";
                (own.directive.location(), text)
            }
            Some(Providers::Named(all)) => {
                let mut words = all.iter().flat_map(|own| own.directive.args());
                let Some(first) = words.next() else { continue };
                if first.is(b"file") {
                    let text =
                        "`file` has no AuthUserFile to look into: whoever logs in is answered 500";
                    (first.directive.location(), text)
                } else if let Some(later) = words.find(|word| word.is(b"file")) {
                    let text = "`file` has no AuthUserFile to look into: whom the providers before it do not know is answered 500";
                    (later.directive.location(), text)
                } else {
                    continue;
                }
            }
            None => continue,
        };
        let finding = RULE
            .at(at)
            .message(message)
            .help("add `AuthUserFile /etc/apache2/htpasswd`, the absolute path of a file that htpasswd made");
        let finding = as_far_as_known(policy, finding, "sets AuthUserFile or another provider");
        findings.push(given(finding, own.directive));
    }
}
