//! A user is required, and nothing says how to log in.

use super::evidence;
use super::login::{as_far_as_known, is_lone, is_missing, line_behind, may_be_strange};
use super::reading::given;
use crate::diagnostic::{Findings, Safety};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Kind, Policy};

rule! {
    "apache/authtype-missing" {
        reads: ApachePolicy, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "Require asks for a user where no AuthType holds: every request is answered 500",
    }
}

const AUTH_TYPE: Id = id("AuthType");
const AUTH_NAME: Id = id("AuthName");
const AUTH_USER_FILE: Id = id("AuthUserFile");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        if place.kind() == Kind::Server {
            continue;
        }
        let mine: Vec<_> = place.own_requirements().collect();
        let mut users = mine.iter().filter(|leaf| leaf.needs_user());
        let Some(leaf) = users.next() else { continue };
        if leaf.directive.is_in_template() || !is_missing(policy, place.effective(&[AUTH_TYPE])) {
            continue;
        }
        if is_lone(policy) {
            // a folder above has the rest, often; here something of a login is meant to be whole
            let begun = place.own(AUTH_NAME).or_else(|| place.own(AUTH_USER_FILE));
            let known = ["valid-user", "user", "group"];
            if begun.is_none() || !known.iter().any(|provider| leaf.asks(provider)) {
                continue;
            }
        }
        if may_be_strange(place) || !place.for_strangers().is_status(500) {
            continue;
        }
        let mut finding = RULE
            .at(leaf.directive.location())
            .label("needs a user")
            .message("no AuthType says how to log in: every request is answered 500")
            .help("add AuthType, and what belongs to it: `AuthType Basic`, `AuthName`, `AuthUserFile`");
        if let (Some(_), Some(file)) =
            (place.effective(&[AUTH_NAME]).set(), place.effective(&[AUTH_USER_FILE]).set())
        {
            finding = finding.related(file.location(), "names the users").fix(
                Safety::Unsafe,
                "add `AuthType Basic`",
                vec![line_behind(leaf.directive, "AuthType Basic")],
            );
        }
        let finding = as_far_as_known(policy, finding, "sets AuthType for this folder");
        let finding = given(finding, leaf.directive);
        findings.push_with(finding, || evidence::answered(place, 500));
    }
}
