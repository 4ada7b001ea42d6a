//! The page of the 401 is perhaps not there, and then a front controller answers in its place.

use super::reading::given;
use super::rewrites::{Rewrite, rewrites};
use crate::config::apache::Value;
use crate::diagnostic::Findings;
use crate::grammar::apache::{Id, id};
use crate::policy::apache::{Kind, Policy};

rule! {
    "apache/errordocument-target-missing" {
        reads: ApachePolicy, severity: Info, effect: AuthLost, since: "0.1.0",
        summary: "where the page of the 401 is missing, a front controller answers 404 in its place",
    }
}

const ERROR_DOCUMENT: Id = id("ErrorDocument");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let mut front: Option<Option<Rewrite<'_>>> = None;
    for place in policy.places() {
        for own in place.all(const { &[ERROR_DOCUMENT] }) {
            let directive = own.directive;
            let Some(target) = directive.arg(1).and_then(Value::known) else { continue };
            let is_page = [&b".html"[..], b".htm", b".shtml", b".txt"]
                .iter()
                .any(|end| target.ends_with(end));
            if !directive.says(b"401") || !target.starts_with(b"/") || !is_page {
                continue;
            }
            let front = front.get_or_insert_with(|| {
                policy
                    .places()
                    .filter(|place| matches!(place.kind(), Kind::Htaccess | Kind::Directory))
                    .filter(|place| place.path().is_some_and(|path| path == b"/"))
                    .find_map(|place| rewrites(place).into_iter().find(takes_all))
            });
            let Some(front) = front else { return };
            let shown = String::from_utf8_lossy(&target).into_owned();
            let program = front.program().map(String::from_utf8_lossy).unwrap_or_default();
            let finding = RULE
                .at(directive.location())
                .message(format!(
                    "where {shown} is not there, {program} answers in its place: its 404 takes the place of the 401, and browsers never ask for a password"
                ))
                .related(front.directive.location(), "takes every path that is no file")
                .help("write `ErrorDocument 401 default`, or put the page there")
                .depends_on(format!("whether {shown} is there"));
            findings.push(given(finding, directive));
        }
    }
}

/// Whether a rule leads every path that is no file to a program.
fn takes_all(rule: &Rewrite<'_>) -> bool {
    rule.program().is_some()
        && rule.fits_all()
        && rule.tests().all(|(test, pattern)| {
            test.eq_ignore_ascii_case(b"%{REQUEST_FILENAME}") && pattern.starts_with(b"!-")
        })
}
