//! Parameters that are to hand a login on to PHP and hand on something else.

use crate::config::nginx::{Directive, Site};
use crate::diagnostic::{Edit, Findings, Safety};

rule! {
    "nginx/php-auth-param" {
        reads: Nginx, severity: Warning, effect: AuthLost, since: "0.1.0",
        summary: "a FastCGI parameter hands the login on to PHP in a form that PHP does not take",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for param in site.directives("fastcgi_param").filter(|param| !param.is_in_template()) {
        let Some((message, help)) = mistake(param) else { continue };
        findings.push(
            RULE.at(param.words_location())
                .message(message)
                .label("PHP takes nothing of it")
                .help(help)
                .fix(
                    Safety::Unsafe,
                    "remove the parameter",
                    vec![Edit::delete(param.lines_location())],
                ),
        );
    }
}

/// What is wrong, and what to do.
fn mistake(param: Directive<'_>) -> Option<(String, &'static str)> {
    const REMOVE: &str = "remove it: nginx hands Authorization on as HTTP_AUTHORIZATION by itself, and PHP makes PHP_AUTH_USER and PHP_AUTH_PW of that";
    let name = param.arg(0)?.known()?;
    let value = param.arg(1)?.known()?;
    let shown = String::from_utf8_lossy(&name);
    if matches!(&*name, b"PHP_AUTH_USER" | b"PHP_AUTH_PW") && *value == *b"$http_authorization" {
        return Some((
            format!(
                "{shown} gets the whole Authorization header, scheme and all: no login ever equals it"
            ),
            REMOVE,
        ));
    }
    let bare = name.strip_prefix(b"HTTP:").or_else(|| name.strip_prefix(b"HTTP-"));
    bare.is_some_and(|rest| rest.eq_ignore_ascii_case(b"authorization"))
        .then(|| (format!("no application looks for a parameter named `{shown}`"), REMOVE))
}
