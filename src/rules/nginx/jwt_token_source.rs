//! `auth_jwt … token=$cookie_x` looks there and nowhere else: a token in Authorization is not seen.

use crate::diagnostic::Findings;
use crate::policy::nginx::Policy;

rule! {
    "nginx/jwt-token-source" {
        reads: NginxPolicy, severity: Info, effect: Unwanted401, since: "0.1.0",
        summary: "auth_jwt takes the token from a cookie or the query, and does not look at Authorization",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for jwt in policy.site.directives("auth_jwt") {
        let token = jwt.args().find_map(|value| {
            let text = value.known()?;
            let name = text.strip_prefix(b"token=$")?;
            let is_elsewhere = name.starts_with(b"cookie_") || name.starts_with(b"arg_");
            is_elsewhere.then_some(value)
        });
        let Some(token) = token else { continue };
        let place =
            if token.decoded().starts_with(b"token=$cookie_") { "a cookie" } else { "the query" };
        findings.push(
            RULE.at(token.location())
                .message(format!("the token is looked for in {place} and nowhere else: a client that sends `Authorization: Bearer` gets 401"))
                .label("nowhere else")
                .help("choose by a `map` of $http_authorization that falls back to this variable, if clients send either"),
        );
    }
}
