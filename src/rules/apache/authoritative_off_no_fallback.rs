//! AuthBasicAuthoritative Off hands unknown users on to another module; where there is none, httpd gives up.

use super::reading::given;
use crate::config::apache::Form;
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::Policy;

rule! {
    "apache/authoritative-off-no-fallback" {
        reads: ApachePolicy, severity: Warning, effect: ServerError, since: "0.1.0",
        summary: "AuthBasicAuthoritative Off leaves unknown users to another module, and there is none: 500",
    }
}

const AUTHORITATIVE: Id = id("AuthBasicAuthoritative");

/// What lets something else than mod_auth_basic take the login.
const OTHERS: [&str; 4] = [
    "AuthnzFcgiCheckAuthnProvider",
    "LuaHookCheckUserID",
    "PerlAuthenHandler",
    "PythonAuthenHandler",
];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let site = &policy.site;
    let is_lone = site.data.form == Form::Htaccess;
    let open = policy.is_open() || site.data.modules.has_strangers();
    let others = OTHERS.iter().any(|name| site.directives(name).next().is_some());
    if others || (open && !is_lone) {
        return;
    }
    for place in policy.places() {
        let Some(own) = place.own(AUTHORITATIVE) else { continue };
        let directive = own.directive;
        if !directive.says(b"off") || directive.is_in_template() || !place.is_auth_type(b"basic") {
            continue;
        }
        let finding = RULE
            .at(directive.location())
            .message("users whom no provider knows are left to another module, and none takes them: they are answered 500, not 401")
            .label("leaves unknown users to nobody")
            .fix(
                Safety::Unsafe,
                "write On",
                directive.arg(0).map(|word| Edit::replace(word.location(), "On")).into_iter().collect(),
            );
        let finding = if is_lone {
            finding
                .severity(Severity::Info)
                .depends_on("whether the server has another module for logins")
        } else {
            finding
        };
        findings.push(given(finding, directive));
    }
}
