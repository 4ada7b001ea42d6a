//! Too few or too many arguments: nginx stops reading at the directive.

use super::arguments::{is_directive, miscounted};
use crate::config::nginx::{Directive, Site};
use crate::diagnostic::{Edit, Findings, Safety};
use crate::source::{Location, Span};

rule! {
    "nginx/wrong-argument-count" {
        reads: Nginx, severity: Error, effect: ServerError, since: "0.1.0",
        summary: "a directive has too few or too many arguments, and nginx does not start",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for wrong in miscounted(*site).filter(|wrong| wrong.text.is_none()) {
        let directive = wrong.directive;
        let (name, takes) = (directive.name(), wrong.takes);
        let count = directive.args().len();
        let gets = if count == 0 { "none".to_owned() } else { count.to_string() };
        let finding = RULE
            .at(directive.words_location())
            .message(format!("`{name}` takes {takes} and gets {gets}, and nginx does not start"));
        findings.push(match run_on(directive) {
            Some((gap, next)) => finding
                .related(next, "the next directive")
                .help("end the directive before it with `;`")
                .fix(Safety::Unsafe, "insert `;`", vec![Edit::insert(gap, ";")]),
            None if takes.most().is_some_and(|most| count > most) => {
                finding.help("remove what is too much, or quote a value that has blanks")
            }
            None => finding.help(format!("write {takes}")),
        });
    }
}

/// Where a `;` is missing: behind the argument before one that is the name of a directive, and that name.
fn run_on(directive: Directive<'_>) -> Option<(Location, Location)> {
    let args: Vec<_> = directive.args().collect();
    let next = (1..args.len())
        .find(|&at| !args[at].word.is_quoted() && is_directive(&args[at].decoded()))?;
    let end = args[next - 1].word.span.end;
    Some((directive.at(Span::empty(end)), args[next].location()))
}
