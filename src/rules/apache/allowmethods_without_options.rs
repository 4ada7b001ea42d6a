//! AllowMethods without OPTIONS answers the preflight of other sites' pages 405.

use super::headers::{line, lines};
use super::reading::{given, read};
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::grammar::apache::{Id, id};
use crate::policy::apache::Policy;
use crate::source::{Location, Span};

rule! {
    "apache/allowmethods-without-options" {
        reads: ApachePolicy, severity: Warning, effect: Unwanted403, since: "0.1.0",
        summary: "AllowMethods does not list OPTIONS: preflights are answered 405, and pages of other sites cannot call what is here",
    }
}

const ALLOW_METHODS: Id = id("AllowMethods");

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    for place in policy.places() {
        let Some(own) = place.own(ALLOW_METHODS) else { continue };
        let directive = own.directive;
        let has = |name: &[u8]| directive.args().any(|word| word.is(name));
        let writes = [&b"POST"[..], b"PUT", b"PATCH", b"DELETE"].iter().any(|name| has(name));
        if has(b"OPTIONS") || has(b"reset") || !directive.has_known_arguments() || !writes {
            continue;
        }
        let header = lines(place).find(super::headers::Line::is_for_logins).or_else(|| {
            read(&policy.site, "Header").filter_map(line).find(super::headers::Line::is_for_logins)
        });
        let end = directive.location();
        let end = Location { span: Span::empty(end.span.end), ..end };
        let mut finding = RULE
            .at(directive.location())
            .message("OPTIONS is not among these methods: preflights, which browsers send before pages of other sites may call, are answered 405");
        finding = match header {
            Some(header) => {
                finding.related(header.directive.location(), "lets pages of other sites in")
            }
            None => finding
                .severity(Severity::Info)
                .depends_on("whether pages of other sites call what is here"),
        };
        if !directive.is_in_template() {
            finding =
                finding.fix(Safety::Unsafe, "allow OPTIONS", vec![Edit::insert(end, " OPTIONS")]);
        }
        findings.push(given(finding, directive));
    }
}
