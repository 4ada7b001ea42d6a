//! A redirect to https, or an answer to a preflight, in a folder with a login: the login comes first.

use super::evidence;
use super::reading::given;
use super::rewrites::{Rewrite, rewrites};
use crate::config::apache::{Directive, Value};
use crate::diagnostic::{Effect, Findings, Severity};
use crate::grammar::apache::{Id, id};
use crate::policy::answer::Outcome;
use crate::policy::apache::{Kind, Place, Policy};

rule! {
    "apache/rewrite-after-auth" {
        reads: ApachePolicy, severity: Warning, effect: Unwanted401, since: "0.1.0",
        summary: "a redirect to https, or an answer to a preflight, runs behind the login of the same folder",
    }
}

const REDIRECTS: [Id; 3] = [id("Redirect"), id("RedirectPermanent"), id("RedirectMatch")];

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        if !matches!(place.kind(), Kind::Directory | Kind::Htaccess | Kind::Location) {
            continue;
        }
        let rules = rewrites(place);
        let options = rules.iter().find(|rule| answers_preflights(rule));
        let secure = rules.iter().find(|rule| leads_to_https(rule)).map(|rule| rule.directive);
        // in a <Location> a Redirect without a path is done early
        let redirect = place
            .all(&REDIRECTS)
            .map(|own| own.directive)
            .find(|directive| place.kind() != Kind::Location && is_to_https(*directive));
        if let Some(directive) = secure.or(redirect)
            && place.asks_for_login()
            && !is_redirected_before(place)
        {
            let mut finding = RULE
                .at(directive.location())
                .message("the login comes before this redirect: clients on http are asked for the password first, and send it in clear")
                .help("redirect in the virtual host for http, outside of sections");
            if redirect.is_some() && secure.is_none() {
                finding = finding.severity(if is_whole(directive, place) {
                    Severity::Warning
                } else {
                    Severity::Info
                });
            }
            if let Some(login) = place.requirements().first() {
                finding = finding.related(login.directive.location(), "is asked for first");
            }
            finding.evidence = evidence::answered(place, 401);
            findings.push(given(finding, directive));
        }
        if let Some(rule) = options {
            let Some(mut request) = place.request().or_else(|| place.request_for(b"/")) else {
                continue;
            };
            request.method = b"OPTIONS".to_vec();
            if place.decide(&request).outcome != Some(Outcome::Answered(401)) {
                continue;
            }
            let mut finding = RULE
                .at(rule.directive.location())
                .effect(Effect::Unwanted401)
                .message("the login comes before this rule: preflights are answered 401, and pages of other sites cannot call what is here")
                .help("let OPTIONS pass without a login, by `<LimitExcept OPTIONS>` around Require, or put the rule in the virtual host, outside of sections");
            if let Some(login) = place.requirements().first() {
                finding = finding.related(login.directive.location(), "is asked for first");
            }
            findings.push(given(finding, rule.directive));
        }
    }
}

/// Whether it answers OPTIONS by itself.
fn answers_preflights(rule: &Rewrite<'_>) -> bool {
    let is_options = rule.tests().any(|(test, pattern)| {
        test.eq_ignore_ascii_case(b"%{REQUEST_METHOD}")
            && !pattern.starts_with(b"!")
            && memchr::memmem::find(&pattern, b"OPTIONS").is_some()
    });
    is_options && rule.keeps_path() && rule.status().is_some_and(|status| status < 300)
}

/// Whether it sends what comes in clear to https.
fn leads_to_https(rule: &Rewrite<'_>) -> bool {
    let is_in_clear = rule.tests().any(|(test, pattern)| {
        let test = test.to_ascii_uppercase();
        let names: [&[u8]; 5] = [
            b"%{HTTPS}",
            b"%{SERVER_PORT}",
            b"%{REQUEST_SCHEME}",
            b"%{HTTP:X-FORWARDED-PROTO}",
            b"%{HTTP:X-FORWARDED-SSL}",
        ];
        names.contains(&&*test) && !pattern.is_empty()
    });
    is_in_clear && rule.status().is_some() && rule.to.starts_with(b"https://")
}

fn is_to_https(directive: Directive<'_>) -> bool {
    directive.args().any(|word| word.known().is_some_and(|text| text.starts_with(b"https://")))
}

/// Whether a Redirect is about the whole folder.
fn is_whole(directive: Directive<'_>, place: Place<'_, '_>) -> bool {
    let Some(path) = place.path() else { return false };
    let path = super::sections::trimmed(&path);
    directive.args().any(|word| {
        word.known().is_some_and(|text| {
            text.starts_with(b"/") && path.starts_with(super::sections::trimmed(&text))
        })
    })
}

/// Whether a rule or a Redirect of a virtual host already sends clients to https.
fn is_redirected_before(place: Place<'_, '_>) -> bool {
    let policy = place.policy;
    policy.servers.iter().any(|server| {
        let server = policy.at(server.defaults);
        server.all(&REDIRECTS).any(|own| {
            own.directive.args().filter_map(Value::known).any(|text| text.starts_with(b"https://"))
        }) || rewrites(server)
            .iter()
            .any(|rule| rule.status().is_some() && rule.to.starts_with(b"https://"))
    })
}
