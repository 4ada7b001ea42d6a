//! Two lines that set Authorization in one block do not replace each other: both go to the upstream.

use crate::config::nginx::{BlockKey, Directive, Site, Value, variables};
use crate::diagnostic::{Findings, Severity};
use std::collections::HashMap;

rule! {
    "nginx/authorization-set-twice" {
        reads: Nginx, severity: Error, effect: AuthLost, since: "0.1.0",
        summary: "Authorization is set twice in one block, and the upstream gets both lines",
    }
}

fn check(site: &Site<'_>, findings: &mut Findings) {
    for name in ["proxy_set_header", "grpc_set_header"] {
        let mut lines = HashMap::<BlockKey, usize>::new();
        for directive in site.directives_where(name, |one| sent(one).is_some()) {
            for line in directive.inclusions() {
                let count = lines.entry(line.block_key()).or_default();
                *count += 1;
                // a block is looked at when its second line comes up
                if *count == 2 {
                    look_at(line, name, findings);
                }
            }
        }
    }
}

/// Looks at the block of `one`, where `name` sets Authorization more than once.
fn look_at(one: Directive<'_>, name: &str, findings: &mut Findings) {
    let mut lines =
        one.siblings().filter(|line| line.is(name)).filter_map(|line| Some((line, sent(line)?)));
    let Some((first, before)) = lines.next() else { return };
    for (line, sent) in lines {
        let finding = RULE
            .at(line.words_location())
            .message("Authorization is set twice in this block, and the upstream gets both lines: servers answer 400, or 401 for the wrong one")
            .label("sent as well")
            .related(first.words_location(), "sent first")
            .help(format!("keep one of the two `{name} Authorization` lines"));
        let unless = match (before, sent) {
            (Sent::Always, Sent::Always) => {
                findings.push(finding);
                continue;
            }
            (Sent::Unless(value), Sent::Always) | (Sent::Always, Sent::Unless(value)) => value,
            (Sent::Unless(one), Sent::Unless(other)) if one.decoded() == other.decoded() => one,
            // two variables of which one is always empty are a way to choose
            (Sent::Unless(_), Sent::Unless(_)) => continue,
        };
        let unless = format!("whether {} is empty: an empty header is not sent", unless.shown());
        findings.push(finding.severity(Severity::Warning).depends_on(unless));
    }
}

/// When a header goes out.
#[derive(Clone, Copy)]
enum Sent<'p> {
    /// With every request.
    Always,
    /// Unless this value, which is made of variables only, is empty.
    Unless(Value<'p>),
}

/// When the Authorization header of a line is sent; `None` for another header, when it never is, and where it is not
/// certain that the line is there.
fn sent(directive: Directive<'_>) -> Option<Sent<'_>> {
    if !directive.arg(0)?.is_ignoring_case(b"authorization") || directive.is_in_template() {
        return None;
    }
    let value = directive.arg(1)?;
    let text = value.known()?;
    if text.is_empty() {
        return None;
    }
    let in_variables: usize = variables(&text).map(|one| one.range.len()).sum();
    Some(if in_variables == text.len() { Sent::Unless(value) } else { Sent::Always })
}
