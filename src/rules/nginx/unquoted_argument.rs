//! A value with a blank and without quotes is several arguments, and nginx stops reading at it.

use super::arguments::miscounted;
use crate::config::nginx::Site;
use crate::diagnostic::{Edit, Findings, Safety};
use crate::source::{Location, Span};

rule! {
    "nginx/unquoted-argument" {
        reads: Nginx, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a value with a blank lacks its quotes, and nginx does not start",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for wrong in miscounted(*site) {
        let Some(text) = wrong.text else { continue };
        let at = wrong.directive.at(text);
        let name = wrong.directive.name();
        let behind = Location::new(at.file, Span::empty(text.end));
        findings.push(
            RULE.at(at)
                .message(format!(
                    "`{name}` takes {} and gets {}: the value has a blank and no quotes, and nginx does not start",
                    wrong.takes,
                    wrong.directive.args().len()
                ))
                .label("one value")
                .help("quote the value")
                .fix(
                    Safety::Safe,
                    "quote the value",
                    vec![Edit::insert(at, "\""), Edit::insert(behind, "\"")],
                ),
        );
    }
}
