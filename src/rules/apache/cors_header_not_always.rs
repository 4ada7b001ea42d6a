//! `Header set` without `always` leaves Access-Control-Allow-Origin out of the 401.

use super::headers::{Line, lines};
use super::reading::{given, read};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::policy::apache::{Kind, Policy};
use crate::source::{Location, Span};

rule! {
    "apache/cors-header-not-always" {
        reads: ApachePolicy, severity: Warning, effect: AuthLost, since: "0.1.0",
        summary: "Access-Control-Allow-Origin is set without `always` and lacks on the 401: pages of other sites cannot see it",
    }
}

const ORIGIN: &str = "access-control-allow-origin";

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    if read(&policy.site, "Header").next().is_none() {
        return;
    }
    for place in policy.places() {
        if !matches!(place.kind(), Kind::Directory | Kind::Htaccess | Kind::Location) {
            continue;
        }
        let all: Vec<Line<'_>> = lines(place).collect();
        let Some(line) = all.iter().find(|line| line.is(ORIGIN) && !line.removes()) else {
            continue;
        };
        let is_meant = all.iter().any(Line::is_for_logins);
        let is_always = all.iter().any(|line| line.is(ORIGIN) && line.always);
        if !is_meant || is_always || !place.asks_for_login() {
            continue;
        }
        let Some(login) = place.requirements().into_iter().find(|leaf| leaf.needs_user()) else {
            continue;
        };
        let at = line.action_word.location();
        let start = Location { span: Span::empty(at.span.start), ..at };
        let first = line.directive.arg(0).map(crate::config::apache::Value::location);
        // `onsuccess` gives way
        let edit = match first {
            Some(first) if first.span.start < at.span.start => Edit::replace(first, "always"),
            _ => Edit::insert(start, "always "),
        };
        let mut finding = RULE
            .at(line.directive.location())
            .message("without `always` this header is not part of the 401: pages of other sites are told of a CORS error, and never that a login is missing")
            .related(login.directive.location(), "answers 401 to clients without a login");
        if !line.directive.is_in_template() {
            finding = finding.fix(Safety::Safe, "set it on errors, too", vec![edit]);
        }
        findings.push(given(finding, line.directive));
    }
}
