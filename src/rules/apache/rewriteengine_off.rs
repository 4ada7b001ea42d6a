//! A RewriteRule that hands Authorization on where the engine is off: it does nothing.

use super::passing::is_passed;
use super::reading::given;
use super::rewrites::{ENGINE, rewrites};
use crate::config::apache::Form;
use crate::diagnostic::{Edit, Findings, Safety, Severity};
use crate::policy::apache::{Effective, Policy};
use crate::source::{Location, Span};

rule! {
    "apache/rewriteengine-off" {
        reads: ApachePolicy, severity: Error, effect: AuthLost, since: "0.1.0",
        summary: "a RewriteRule hands the Authorization header on where RewriteEngine is off: it does nothing",
    }
}

fn check(policy: &Policy<'_>, findings: &mut Findings) {
    let is_lone = policy.site.data.form == Form::Htaccess;
    for place in policy.places() {
        let rules = rewrites(place);
        let Some(rule) = rules.iter().find(|rule| rule.sets_authorization()) else { continue };
        let mut off = None;
        match place.effective(&[ENGINE]) {
            Effective::Unset => {}
            Effective::Set(own) if own.directive.says(b"off") => off = Some(own.directive),
            Effective::Unknown(None) if is_lone => {}
            _ => continue,
        }
        if is_passed(&policy.site) {
            continue;
        }
        let at = rule.directive.location();
        let mut finding = RULE.at(at).label("is never looked at").message(
            "this rule does nothing, as RewriteEngine is off here: programs do not get the Authorization header",
        );
        if let Some(off) = off {
            // somebody switched it off
            finding = finding
                .severity(Severity::Info)
                .related(off.location(), "switches it off")
                .help("write `RewriteEngine On`");
        } else {
            let first = rule.conditions.first().map_or(at, |first| first.location());
            let start = Location { span: Span::empty(first.span.start), ..first };
            finding = finding.fix(
                Safety::Unsafe,
                "switch RewriteEngine on",
                vec![Edit::insert(start, "RewriteEngine On\n")],
            );
            if is_lone {
                finding = finding
                    .severity(Severity::Warning)
                    .depends_on("whether the server's configuration switches RewriteEngine on");
            }
        }
        findings.push(given(finding, rule.directive));
    }
}
