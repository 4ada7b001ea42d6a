//! The settings of a provider do not select it: AuthBasicProvider does.

use super::login::{
    Providers, as_far_as_known, is_missing, line_behind, needs_user, providers, selected_by,
};
use super::reading::given;
use crate::diagnostic::{Effect, Findings, Safety};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::Policy;

rule! {
    "apache/provider-directive-without-provider" {
        reads: ApachePolicy, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "AuthLDAPURL, AuthExternal or their like is set, but AuthBasicProvider does not name the provider, which is never asked",
    }
}

const AUTH_USER_FILE: Id = id("AuthUserFile");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let mut settings = place.section().own.iter();
        let found = settings.find_map(|own| Some((own.directive, selected_by(own.id)?)));
        let Some((directive, provider)) = found else { continue };
        if directive.is_in_template()
            || !matches!(providers(place), Some(Providers::Default))
            || !needs_user(place)
        {
            continue;
        }
        let command = if place.is_auth_type(b"digest") {
            "AuthDigestProvider"
        } else if place.is_auth_type(b"form") {
            "AuthFormProvider"
        } else {
            "AuthBasicProvider"
        };
        let name = directive.name();
        let file = place.effective(&[AUTH_USER_FILE]);
        let finding = RULE.at(directive.location()).label("is for a provider that nothing selects");
        let finding = if is_missing(policy, file) {
            finding.message(format!(
                "{name} does not select its provider, and `file` has no AuthUserFile to look into: whoever logs in is answered 500"
            ))
        } else if let Some(file) = file.set() {
            // the directory may be there for its groups alone
            if place
                .requirements()
                .iter()
                .any(|leaf| !leaf.asks("valid-user") && !leaf.asks("user"))
            {
                continue;
            }
            finding
                .effect(Effect::Unwanted401)
                .message(format!(
                    "{name} does not select its provider: only the users of AuthUserFile can log in, all others are answered 401"
                ))
                .related(file.location(), "is what logins are checked with")
        } else {
            continue;
        };
        let line = format!("{command} {provider}");
        let finding = finding.help(format!("add `{line}`")).fix(
            Safety::Unsafe,
            format!("add `{line}`"),
            vec![line_behind(directive, &line)],
        );
        let finding = as_far_as_known(policy, finding, &format!("sets {command}"));
        findings.push(given(finding, directive));
    }
}
