//! The provider `socache` knows the passwords that another provider has found right, and no others.

use super::form_login::basic_providers;
use super::reading::given;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::Policy;
use crate::source::{Location, Span};

rule! {
    "apache/socache-without-backend" {
        reads: ApachePolicy, severity: Error, effect: Unwanted401, since: "0.1.0",
        summary: "AuthBasicProvider names the cache alone, and nobody knows any user",
    }
}

const PROVIDER: Id = id("AuthBasicProvider");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let Some(own) = place.own(PROVIDER).filter(|own| own.directive.says(b"socache")) else {
            continue;
        };
        let Some(names) = basic_providers(place) else { continue };
        if !names.iter().all(|name| name.is(b"socache")) || own.directive.is_in_template() {
            continue;
        }
        let at = own.directive.location();
        let end = Location { span: Span::empty(at.span.end), ..at };
        let finding = RULE
            .at(at)
            .message("the cache holds what another provider has found right, and there is no other: every login is answered 401")
            .label("asks the cache alone")
            .fix(Safety::Unsafe, "ask the password file behind it", vec![Edit::insert(end, " file")]);
        findings.push(given(finding, own.directive));
    }
}
