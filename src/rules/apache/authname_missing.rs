//! Basic and Digest name a realm in their challenge; without AuthName there is none, and httpd gives up.

use super::evidence;
use super::reading::given;
use crate::config::apache::Form;
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Effective, Policy};
use crate::source::{Location, Span};

rule! {
    "apache/authname-missing" {
        reads: ApachePolicy, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "AuthType Basic or Digest has no AuthName: every request that needs a login is answered 500",
    }
}

const AUTH_TYPE: Id = id("AuthType");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let is_lone = policy.site.data.form == Form::Htaccess;
    for place in policy.places() {
        let Some(own) = place.own(AUTH_TYPE) else { continue };
        if !own.directive.says(b"basic") && !own.directive.says(b"digest") {
            continue;
        }
        let missing = match place.auth_name() {
            Effective::Unset => true,
            // the server's configuration would have to name the realm of a single folder
            Effective::Unknown(None) => is_lone,
            _ => false,
        };
        // a section that only sets the type for others asks for no login itself
        if !missing || !place.requirements().iter().any(|leaf| leaf.needs_user()) {
            continue;
        }
        let at = own.directive.location();
        let end = Location { span: Span::empty(at.span.end), ..at };
        let mut finding = RULE
            .at(at)
            .message("the login has no AuthName: every request that needs it is answered 500")
            .label("has no realm to name")
            .help("name the realm that browsers show, such as `AuthName \"Staff\"`")
            .fix(
                Safety::Unsafe,
                "add an AuthName",
                vec![Edit::insert(end, "\nAuthName \"Restricted\"")],
            );
        finding.evidence = evidence::answered(place, 500);
        if is_lone {
            finding.severity = Severity::Warning;
            finding = finding.depends_on("whether the server's configuration sets AuthName");
        }
        findings.push(given(finding, own.directive));
    }
}
