//! Two logins in a row get the same Authorization header, and know different users.

use super::handed_on::Hosts;
use super::proxied::proxied;
use super::reading::given;
use crate::config::apache::Directive;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Place, Policy, ServerId};
use std::borrow::Cow;
use std::collections::HashMap;

rule! {
    "apache/proxy-double-auth" {
        reads: ApachePolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "a login in front and one behind it get the same password, and each knows other users",
    }
}

const AUTH_TYPE: Id = id("AuthType");
const USER_FILE: Id = id("AuthUserFile");
const REQUEST_HEADER: Id = id("RequestHeader");

/// Logins of a server that are looked at for each ProxyPass; nobody has more.
const MOST: usize = 64;

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let all = proxied(policy);
    if all.is_empty() {
        return;
    }
    let hosts = Hosts::of(policy);
    let mut logins: HashMap<ServerId, Vec<Login<'_, '_>>> = HashMap::new();
    for place in policy.places() {
        let Some(login) = login(place) else { continue };
        let of_server = logins.entry(place.server()).or_default();
        if of_server.len() < MOST {
            of_server.push(login);
        }
    }
    for one in all {
        let Some(behind) = hosts.behind(&one).and_then(|host| logins.get(&host)?.first()) else {
            continue;
        };
        let mut fronts = logins.get(&one.server).into_iter().flatten();
        let front = fronts.find(|front| one.path.starts_with(&front.path) && sends_on(front.place));
        let Some(front) = front.filter(|front| front.file != behind.file) else { continue };
        let finding = RULE
            .at(one.directive.location())
            .message("the password that the login in front takes is sent on, and the login behind it knows other users: one of the two always answers 401")
            .label("hands the same Authorization on")
            .related(front.auth_type.location(), "asks first")
            .related(behind.auth_type.location(), "asks again")
            .help("let one of them ask, or give both the same users");
        findings.push(given(finding, one.directive));
    }
}

/// A login by Basic with users of its own.
struct Login<'a, 'p> {
    place: Place<'a, 'p>,
    auth_type: Directive<'p>,
    file: Cow<'p, [u8]>,
    path: Vec<u8>,
}

fn login<'a, 'p>(place: Place<'a, 'p>) -> Option<Login<'a, 'p>> {
    let auth_type = place.own(AUTH_TYPE).filter(|own| own.directive.says(b"basic"))?.directive;
    let file = place.own(USER_FILE)?.directive.arg(0)?.known()?;
    Some(Login { place, auth_type, file, path: place.path()? })
}

/// Whether nothing changes Authorization on the way.
fn sends_on(front: Place<'_, '_>) -> bool {
    let defaults = front.policy.at(front.policy.servers[front.server().index()].defaults);
    ![front, defaults].iter().any(|place| {
        let ids = [REQUEST_HEADER];
        place
            .section()
            .all(&ids)
            .any(|own| own.directive.args().any(|word| word.is_ignoring_case(b"authorization")))
    })
}
